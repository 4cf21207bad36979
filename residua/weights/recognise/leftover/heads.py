"""Which linear layers are further heads of a network, beside its classifier or in its place?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from residua.weights.files.names import words_of
from residua.weights.recognise.infer import networks_of
from residua.weights.recognise.layers import Layer, find_layers
from residua.weights.recognise.leftover.spare import only_training
from residua.weights.recognise.recognised import Reading, Recognised

ATTENTION = re.compile(r"attn|attention|pos(itional)?_embed|\b[qkv]_proj", re.IGNORECASE)
CLASSIFIERS = ("fc", "classifier", "linear", "head", "predictions", "logits", "output", "last_linear")


@dataclass(frozen=True)
class _Head:
    """Layers without convolutions under a name of their own: one matrix, or matrices and norms behind each other."""

    layers: tuple[Layer, ...]

    @property
    def matrices(self) -> list[Layer]:
        return [layer for layer in self.layers if layer.kind == "linear"]

    @property
    def reads(self) -> int:
        return self.matrices[0].shape[1]

    @property
    def gives(self) -> int:
        return self.matrices[-1].out


def leave_out_heads(so_far: Recognised) -> Recognised:
    """Where the layers are no network, leave further heads out, and in the end all heads, so that features remain.

    A head is a further one when it reads the features and nothing of the network can read it. One of several layers is
    left out with its norms; a classifier that reads what another matrix gives is a part of such a one. It may read the
    features twice, of an average and of a maximum, as fastai's does.
    """
    heads = list(_heads(so_far.layers))
    if so_far.readings or not heads:
        return so_far
    computing = [head for head in heads if not only_training(head.layers[0].path)]
    chained = [head for head in computing if any(_follows(head, one) or _follows(one, head) for one in computing)]
    single = [head for head in heads if len(head.layers) == 1 and head not in chained]
    for classifier in (*sorted(single, key=_unlikely)[:1], None):
        beside = [head for head in heads if head is not classifier]
        if not beside:
            continue
        names = [key for head in beside for layer in head.layers for key in layer.keys.values()]
        kept = {name: tensor for name, tensor in so_far.kept.items() if name not in names}
        layers = find_layers(kept, so_far.hwio) or []
        found = [reading for reading in networks_of(layers, so_far.registered) if _may_go(beside, classifier, reading)]
        if found:
            extra, excused = (*so_far.extra, *names), (*so_far.excused, *names)
            left = replace(so_far, kept=kept, layers=tuple(layers), readings=tuple(found), extra=extra, excused=excused)
            return _doubt_before_classifier(left, classifier, beside)
    return so_far


def _doubt_before_classifier(so_far: Recognised, classifier: _Head | None, beside: Sequence[_Head]) -> Recognised:
    """Doubt a classifier that may read what a head of training gives: as many features as it gets."""
    features = so_far.readings[0].spec.features
    between = [head.layers[0].path for head in beside if head.reads == head.gives == features]
    if classifier is None or not between:
        return so_far
    doubt = f"{between[0]!r} is left out as a head of training; the classifier may as well read what it gives"
    return replace(so_far, doubts=(*so_far.doubts, doubt))


def _heads(layers: Sequence[Layer]) -> Iterator[_Head]:
    """Yield the largest parts of the tree of names that hold matrices and no convolution."""
    holding = {
        layer.words[:length]
        for layer in layers
        if layer.kind in ("conv", "gate")
        for length in range(len(layer.words) + 1)
    }
    groups: dict[tuple[str, ...], list[Layer]] = {}
    for layer in layers:
        top = next(
            (layer.words[:length] for length in range(len(layer.words) + 1) if layer.words[:length] not in holding),
            None,
        )
        if top is not None:
            groups.setdefault(top, []).append(layer)
    for group in groups.values():
        if any(layer.kind == "linear" for layer in group):
            yield _Head(tuple(group))  # fmt: skip


def _follows(head: _Head, other: _Head) -> bool:
    """Return whether a head can read what another one gives."""
    return head is not other and head.reads == other.gives


def _unlikely(head: _Head) -> tuple[bool, bool]:
    layer = head.layers[0]
    return layer.path.rpartition(".")[2] not in CLASSIFIERS, "bias" not in layer.keys


def _may_go(beside: Sequence[_Head], classifier: _Head | None, reading: Reading) -> bool:
    """Return whether `reading` computes the same without the heads `beside` its classifier."""
    features = reading.spec.features
    for head in beside:
        if any(ATTENTION.search(layer.path) for layer in head.layers):
            return False  # features are pooled otherwise
        if only_training(head.layers[0].path):
            continue
        if classifier is not None and head.gives == classifier.gives:
            return False  # logits may be the sum or the mean of both; no tensor shows which head is meant
        within = [other for other in beside if other is not head]
        chained = classifier is None and any(_follows(head, other) for other in within)
        joined = classifier is None and head.reads == 2 * features and len(head.layers) > 1
        if head.reads != features and not chained and not joined:
            return False
        if head.gives == features and not _is_named_as_head(head):
            return False  # it may as well stand between the stages and the classifier, or between two stages
        normed = any(layer.kind == "norm" for layer in head.layers)
        if "bias" not in head.matrices[-1].keys and not ((_is_named_as_head(head) and len(head.layers) > 1) or normed):
            return False  # a table of vectors
    return classifier is not None or not reading.spec.num_classes


def _is_named_as_head(head: _Head) -> bool:
    return any(word.lower() in CLASSIFIERS for word in words_of(head.layers[0].path))
