"""Lookup of Hugging Face hub models: the local cache, else one quick request to the hub."""

from __future__ import annotations

from pathlib import Path

from sot.errors import INSTALL_EMBEDDED_MODEL, ConfigError

from .source import Source

_LOOK_S = 10.0


def locate(source: Source) -> str:
    """Return where to load a hub model from: a folder of the local cache, or its hub id if the hub has it.

    transformers asks the hub for each file and retries each time, which takes three quarters of a minute
    without a network; this asks once.

    Raises:
        ConfigError: The hub does not have the model, or cannot be reached.
    """
    from huggingface_hub import model_info, try_to_load_from_cache
    from huggingface_hub.errors import HfHubHTTPError

    cached = try_to_load_from_cache(source.place, "config.json")
    if isinstance(cached, str) and any(Path(cached).parent.glob("*.safetensors")):
        return str(Path(cached).parent)
    try:
        model_info(source.place, timeout=_LOOK_S)
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else "an error"
        raise ConfigError(f"the hub does not give the model {source.place}: it answers {status}") from error
    except Exception as error:
        if source.is_default:
            reason = (
                f"the embedded model is not installed and the hub cannot be reached: {INSTALL_EMBEDDED_MODEL}"
            )
        else:
            reason = f"{source.place} is not on this machine and the hub cannot be reached"
        raise ConfigError(reason) from error
    return source.place
