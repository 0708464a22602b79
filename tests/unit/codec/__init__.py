"""The codec, without a broker: framing, rules, decoding, guards, checks of change."""
