"""Engines behind one protocol, `sot.types.Backend`. Each is imported only when it is used."""
