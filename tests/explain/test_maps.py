"""Is each map what its paper's formula gives, and are its scores what they are by hand?"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from residua.errors import TargetError
from residua.explain import honesty
from residua.explain.explanation import Explainer, Question
from residua.explain.methods import METHODS, Method, chosen, logits_of, mean_colour
from residua.explain.neighbours import neighbours
from residua.explain.patches import smallest_set
from residua.metadata import Meta
from residua.nn import build
from residua.preprocessing import Preprocessing
from residua.ship.images import as_tensor
from residua.ship.runners import ArtifactRunner, TorchRunner

CLASSES = ("cat", "dog", "owl")


def runner_of(name: str = "resnet20", pixels: int = 16, **changes: object) -> TorchRunner:
    torch.manual_seed(0)
    model = build(name, num_classes=len(CLASSES), **changes).eval()
    model.meta = Meta(CLASSES, Preprocessing.plain(pixels, model.spec.in_channels).to_dict())
    return TorchRunner(model, "cpu", "fp32")


def image_of(pixels: int = 16, channels: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (1, pixels, pixels, channels)).astype(np.uint8)


@pytest.mark.parametrize(
    "changes",
    [{}, {"preactivation": True}, {"shortcut": "none"}, {"norm": "group", "shortcut": "B"}],
    ids=["resnet20", "preactivation", "plain", "group norm"],
)
def test_grad_cam_is_its_formula(changes):
    pytest.importorskip("captum", reason="the extra explain is absent")
    runner, pixels = runner_of(**changes), image_of()
    found = METHODS["grad-cam"].compute(runner, pixels, 1)
    model = runner.model
    last = model.last_relu(model.norm(model.last_map(as_tensor(pixels, runner.preprocessing)))).detach()
    last.requires_grad_()
    logit = model.fc(last.mean((2, 3)))[0, 1]
    [gradient] = torch.autograd.grad(logit, last)
    expected = torch.relu((gradient.mean((2, 3), keepdim=True) * last).sum(1))[0]
    assert found.shape == (4, 4)
    np.testing.assert_allclose(found, expected.detach().numpy(), atol=1e-5)


def test_integrated_gradients_add_up_to_what_the_logit_gains():
    pytest.importorskip("captum", reason="the extra explain is absent")
    runner, pixels = runner_of(), image_of()
    found = METHODS["integrated-gradients"].compute(runner, pixels, 2)
    plain = np.broadcast_to(mean_colour(pixels), pixels.shape)
    gain = logits_of(runner, pixels)[0, 2] - logits_of(runner, np.ascontiguousarray(plain))[0, 2]
    assert found.sum() == pytest.approx(gain, rel=0.1)


def test_occlusion_is_the_fall_of_the_logit():
    """A corner is covered by one window only."""
    pytest.importorskip("captum", reason="the extra explain is absent")
    runner, pixels = runner_of(pixels=28), image_of(28)
    found = METHODS["occlusion"].compute(runner, pixels, 0)
    assert found.shape == (14, 14)
    covered = pixels.copy()
    covered[0, :4, :4] = mean_colour(pixels)
    assert found[0, 0] == pytest.approx(logits_of(runner, pixels)[0, 0] - logits_of(runner, covered)[0, 0], abs=1e-5)


def test_a_class_activation_map_is_that_of_its_class_and_only_of_the_likeliest():
    class Engine:
        def run(self, pixels):
            from residua.ship.engine import Answers

            maps = np.stack([np.full((2, 2), -1), np.arange(4).reshape(2, 2)])[None].astype(np.float32)
            return Answers(np.zeros((1, 3), np.float32), np.array([[2, 0]]), maps)

    runner = object.__new__(ArtifactRunner)
    runner.model, runner.classes = Engine(), CLASSES
    assert METHODS["class-activation"].compute(runner, image_of(), 0).tolist() == [[0, 1], [2, 3]]
    assert METHODS["class-activation"].compute(runner, image_of(), 2).max() == 0
    with pytest.raises(TargetError, match="'dog' is none of them"):
        METHODS["class-activation"].compute(runner, image_of(), 1)
    with pytest.raises(TargetError, match="give the run that it was exported from"):
        chosen(("grad-cam",), runner, "artifact")
    with pytest.raises(TargetError, match="needs an artifact"):
        chosen(("class-activation",), runner_of(), "run")


def quarter() -> tuple[np.ndarray, np.ndarray]:
    """Return a black image with a white quarter, and where it is white."""
    white = np.zeros((20, 20))
    white[:10, :10] = 1
    return (white[None, ..., None] * 255).astype(np.uint8), white


def share_of_white(pixels: np.ndarray) -> np.ndarray:
    return (pixels[:, :10, :10] == 255).mean((1, 2, 3))


def test_deletion_and_insertion_are_the_areas_under_known_curves():
    pixels, white = quarter()
    deletion, insertion = honesty.scores(white, pixels, share_of_white)
    falling = np.maximum(0, 1 - 4 * np.linspace(0, 1, 11))
    assert deletion == pytest.approx(np.trapezoid(falling, dx=0.1))
    assert insertion == pytest.approx(np.trapezoid(1 - falling, dx=0.1))
    worst = honesty.scores(-white, pixels, share_of_white)
    assert worst[0] > 0.7 > 0.3 > worst[1]


@pytest.mark.slow
def test_deletion_is_quantus_pixel_flipping():
    quantus = pytest.importorskip("quantus", reason="quantus is a witness, and absent")
    runner, pixels = runner_of(in_channels=1), image_of(channels=1)
    heat = np.random.default_rng(3).random((16, 16))

    def chance(images):
        return np.exp(logits := logits_of(runner, images))[:, 1] / np.exp(logits).sum(1)

    fill = float(mean_colour(pixels)[0] / 255)
    flipping = quantus.PixelFlipping(
        features_in_step=256 // 8, perturb_baseline=fill, return_auc_per_sample=False, normalise=False, abs=False,
        disable_warnings=True,
    )  # fmt: skip
    theirs = flipping(
        model=runner.model, x_batch=as_tensor(pixels, runner.preprocessing).numpy(), y_batch=np.array([1]),
        a_batch=heat[None, None], softmax=True, device="cpu",
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(honesty, "STEPS", 8)
        ours = honesty.scores(heat, pixels, chance)[0]
    curve = [float(chance(pixels)[0]), *np.ravel(theirs).tolist()]
    assert ours == pytest.approx(np.trapezoid(curve, dx=1 / 8), abs=1e-3)


def brightness(runner, pixels, index):
    return pixels[0].mean(2).astype(np.float64)


@pytest.mark.parametrize(
    ("compute", "doubt"),
    [
        (brightness, "hardly changes when the weights are shuffled (rank correlation 1.00"),
        (lambda runner, pixels, index: np.ones((4, 4)), "the same everywhere: it explains nothing"),
        (lambda runner, pixels, index: np.full((4, 4), np.nan), "the same everywhere: it explains nothing"),
    ],
)
def test_a_map_that_explains_nothing_says_so(compute, doubt):
    runner, pixels = runner_of(), image_of()
    method = Method("mine", "Mine", "nothing", "", compute)
    found = honesty.examine(
        method, compute(runner, pixels, 0), runner, pixels, 0, [TorchRunner(runner.model, runner.placement, "fp32")]
    )
    assert any(doubt in each for each in found.doubts), found.doubts


class Quarter:
    """Answers "cat" by as much as the white quarter of an image is there, and "dog" otherwise."""

    several, classes, batch, sized = False, CLASSES, 8, True

    def stream(self, batches):
        for pixels in batches:
            assert len(pixels) in (1, self.batch)
            share = share_of_white(pixels)
            yield np.stack([8 * share, 4 * np.ones_like(share), np.zeros_like(share)], 1).astype(np.float32)


def test_a_map_in_the_wrong_order_is_doubted_and_the_right_one_is_not():
    pixels, white = quarter()
    wrong, right = (honesty.examine(METHODS["occlusion"], heat, Quarter(), pixels, 0, ()) for heat in (-white, white))
    [doubt] = wrong.doubts
    assert "not shown to name the pixels that matter: 9 of 9 random maps do as well" in doubt
    assert right.doubts == ()
    assert right.correlation is None
    assert right.undoubted == "no doubt found, without the check with shuffled weights"


def test_shuffled_weights_are_the_same_values_in_other_places():
    model = runner_of().model
    moved = honesty.with_shuffled_weights(model, 0)
    for (name, own), other in zip(model.named_parameters(), moved.parameters(), strict=True):
        assert torch.equal(own.flatten().sort().values, other.flatten().sort().values), name
    assert not torch.equal(model.conv1.weight, moved.conv1.weight)
    assert honesty.rank_correlation(np.eye(3), np.zeros((3, 3))) == 0


def test_the_smallest_set_of_patches_is_found():
    """ "cat" needs half of the white quarter, which four of the sixteen patches touch."""
    pixels, _ = quarter()
    found = smallest_set(Quarter(), pixels, 1)
    assert (found.side, found.smallest, found.found) == (5, True, True)
    assert len(found.places) == 3  # two leave just half: a draw is no win
    assert set(found.places) <= {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert not smallest_set(Quarter(), pixels, 2).found


def test_an_image_is_its_own_nearest_neighbour():
    torch.manual_seed(0)
    model = build("resnet20", in_channels=1, num_classes=10).eval()
    digits = tuple("0123456789")
    model.meta = Meta(digits, Preprocessing.plain(8, 1).to_dict())
    runner = TorchRunner(model, "cpu", "fp32")
    with pytest.raises(TargetError, match="give --data"):
        neighbours(runner, None, None, "small.safetensors")
    training = neighbours(runner, "digits", None, "small.safetensors")
    [pixels] = training.source.read(np.array([7]), runner.preprocessing)
    nearest = training.of(pixels[None], 3)
    assert nearest[0].where == training.source.where(7)
    assert nearest[0].similarity == pytest.approx(1, abs=1e-5)
    assert [each.similarity for each in nearest] == sorted((each.similarity for each in nearest), reverse=True)


def test_neighbours_are_images_that_were_learnt_under_their_own_names(tmp_path):
    """Every tenth of 39 images is held out; the fortieth cannot be read."""
    from PIL import Image

    for number in range(40):
        folder = tmp_path / CLASSES[number % 2]
        folder.mkdir(exist_ok=True)
        Image.fromarray(image_of(seed=number)[0]).save(folder / f"{number:02d}.png")
    damaged = tmp_path / CLASSES[0] / "02.png"
    damaged.write_bytes(damaged.read_bytes()[:300])
    runner = runner_of("resnet8")
    config = {"data": str(tmp_path), "val_fraction": 0.1, "seed": 3, "grouping": "none", "skip_bad": True}
    runner.model.meta = Meta(CLASSES, Preprocessing.plain(16, 3).to_dict(), {"config": config})
    training = neighbours(runner, None, None, "small.safetensors")
    assert len(training.places) == len(training.embeddings) == 35
    whole = {training.source.where(place) for place in range(len(training.source))}
    learnt = {training.source.where(int(place)) for place in training.places}
    held = sorted(whole - learnt)
    assert len(held) == 4
    for place in training.places[:8]:
        pixels = training.source.read(np.array([place]), runner.preprocessing)
        [nearest] = training.of(pixels, 1)
        assert (nearest.where, nearest.label) == (training.source.where(place), CLASSES[int(nearest.where[-6:-4]) % 2])
        assert nearest.similarity == pytest.approx(1, abs=1e-5)


def test_a_class_that_is_unknown_is_named_with_its_nearest():
    with pytest.raises(ValueError, match="did you mean 'cat'"):
        Explainer(runner_of(), Question((), about="cta"), "run")
