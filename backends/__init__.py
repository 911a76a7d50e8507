"""Inference engines behind one protocol, `sot.types.Backend`; each is imported only when it is used."""
