"""Settings of the planner `llm`."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator


class LlmSettings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """Which model plans, how it is reached, and how long it may take."""

    base_url: str = Field(
        "",
        description="OpenAI-compatible endpoint, e.g. http://127.0.0.1:8000/v1; empty to load "
        "the model into this process with transformers",
    )
    model: str = Field(
        "",
        description="what the endpoint calls the model; without an endpoint, a folder with the "
        "model or its name on the hub",
    )
    api_key_variable: str = Field(
        "",
        description="name of the environment variable that holds the endpoint's key, e.g. "
        "OPENAI_API_KEY; empty for none. The key itself is never a parameter",
        pattern="^([A-Z_][A-Z0-9_]*)?$",
    )
    device: str = Field("cpu", description="where a loaded model computes, e.g. cpu or cuda:0")
    deadline_s: float = Field(
        30.0,
        description="for a plan, all its attempts together [s, wall clock]; keep it below the "
        "node's backend_timeout_s",
        gt=0.0,
        le=3600.0,
    )
    attempts: int = Field(
        3,
        description="answers asked for; each after the first hears what was wrong with the last",
        ge=1,
        le=10,
    )
    max_answer_tokens: int = Field(
        2000, description="longest answer [tokens of the model]", ge=50, le=100_000
    )

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if not value:
            return value
        address = urlsplit(value)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError("the endpoint's address begins with http:// or https:// and a host")
        if "@" in address.netloc or address.query or address.fragment:
            raise ValueError(
                "the endpoint's address has no password and no query: name a key's environment "
                "variable in api_key_variable"
            )
        return value.rstrip("/")
