"""What does an artifact say to a person who finds it? A card: what it is, how it was measured, how it runs."""

from __future__ import annotations

from residua.ship.artifact import Manifest
from residua.text import one_line, printable


def text(manifest: Manifest) -> str:
    """Return the README.md of an artifact."""
    prepared, verified = manifest.preprocessing, manifest.verified
    names = ", ".join(printable(one_line(name)) for name in manifest.classes[:10])
    more = f", … {len(manifest.classes) - 10:,} more" if len(manifest.classes) > 10 else ""
    lines = [
        f"# {printable(one_line(manifest.name))}, {manifest.precision}",
        "",
        f"An image classifier of {len(manifest.classes):,} classes for {manifest.engine} ({manifest.engine_version}), "
        "exported and verified by residua. `manifest.json` says all of this to programs.",
        "",
        f"- **Classes**: {names}{more}",
        f"- **Input** `pixels`: uint8, (N, {prepared.size}, {prepared.size}, {prepared.channels}), upright; the "
        f"shorter side resized to {prepared.resize} pixels ({prepared.interpolation}), then {_fitted(prepared.fit)}. "
        "Normalisation is inside the network.",
        "- **Outputs**: `logits` (N, classes); `classes` (N, k), the likeliest first; `maps` (N, k, h, w), where in "
        "the last map each of them was seen.",
        f"- **Verified** on {verified['samples']:,} {verified['images']}: {verified['verdict']}.",
        *_accuracy(manifest),
        f"- **Canaries**: {manifest.canaries['count']} inputs ({manifest.canaries['kind']}) with their logits; they "
        "run once on every new processor before the first answer.",
        f"- **Made on** {manifest.made_on.get('processor')}.",
        *_licence(manifest),
        "",
        "```console",
        "$ residua predict THIS-FOLDER picture.jpg",
        "```",
        "",
    ]
    return "\n".join(lines)


def _fitted(fit: str) -> str:
    return {"crop": "the centre cropped", "pad": "padded to a square", "stretch": "squeezed to a square"}[fit]


def _accuracy(manifest: Manifest) -> list[str]:
    found = manifest.verified
    if found.get("accuracy_before") is None:
        return []
    return [f"- **Accuracy** there: {found['accuracy_after']:.2%}; {found['accuracy_before']:.2%} before the export."]


def _licence(manifest: Manifest) -> list[str]:
    known = (manifest.provenance or {}).get("pretrained")
    if not isinstance(known, dict):
        return []
    terms = "NON-COMMERCIAL" if known.get("non_commercial") else known.get("license") or "not stated"
    return [f"- **Weights** {known.get('name')}: licence {terms}."]
