"""Files of peft, from and to, with equal outputs of the adapted model."""

import json

import pytest
import torch
from torch import nn

from pyg_symm.weights.lora import (
    apply_adapter,
    concat_adapters,
    lego_merge,
    load_adapter,
    save_adapter,
    svd_merge,
)

peft = pytest.importorskip("peft", reason="needs peft")


class Net(nn.Module):
    """A linear layer, a convolution of each kind and an embedding."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 12)
        self.conv = nn.Conv2d(1, 4, 3)
        self.conv1 = nn.Conv1d(4, 5, 2)
        self.blocks = nn.ModuleList([nn.Linear(45, 16), nn.Linear(16, 7)])

    def forward(self, index):
        x = self.conv(self.embed(index).unsqueeze(1)).relu()  # [B, 4, 4, 10]
        x = self.conv1(x[:, :, 0]).flatten(1)
        return self.blocks[1](self.blocks[0](x).relu())


TARGETS = ["embed", "conv", "conv1", "blocks.0", "blocks.1"]
VARIANTS = {
    "classic": {"r": 8, "lora_alpha": 16},
    "rslora": {"r": 4, "lora_alpha": 16, "use_rslora": True},
    "patterns": {
        "r": 4,
        "lora_alpha": 8,
        "rank_pattern": {"blocks.0": 6, "conv": 2},
        "alpha_pattern": {r"blocks\.\d": 3, "embed": 5},
    },
}


@pytest.fixture
def base():
    torch.manual_seed(0)
    return Net().double()


@pytest.fixture
def index():
    return torch.randint(20, (3, 6), generator=torch.Generator().manual_seed(0))


def trained(base, seed, **options):
    """A peft model whose factors are all random."""
    torch.manual_seed(seed)
    fresh = Net().double()
    fresh.load_state_dict(base.state_dict())
    config = peft.LoraConfig(target_modules=TARGETS, **options)
    model = peft.get_peft_model(fresh, config).double().eval()
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            nn.init.normal_(parameter, std=0.3)
    return model


def adapted(base, adapter, index):
    """The output of the base model with our updates added to its weights."""
    state = {name: value.clone() for name, value in base.state_dict().items()}
    for name in adapter:
        weight = adapter.layouts[name].weight(adapter.delta(name))
        state[f"{name}.weight"] += weight.to(torch.double)
    return torch.func.functional_call(base, state, (index,))


def loaded(base, folder):
    """The same adapter in peft."""
    fresh = Net().double()
    fresh.load_state_dict(base.state_dict())
    return peft.PeftModel.from_pretrained(fresh, folder).double().eval()


@pytest.mark.parametrize("variant", VARIANTS)
def test_files_of_peft_give_its_outputs(base, index, tmp_path, variant):
    model = trained(base, 1, **VARIANTS[variant])
    model.save_pretrained(tmp_path)
    adapter = load_adapter(tmp_path)
    assert sorted(adapter) == sorted(TARGETS)
    torch.testing.assert_close(adapted(base, adapter, index), model(index))
    assert (model(index) - base(index)).abs().max() > 0.1


@pytest.mark.parametrize("variant", VARIANTS)
def test_files_of_ours_give_equal_outputs_in_peft(base, index, tmp_path, variant):
    model = trained(base, 1, **VARIANTS[variant])
    model.save_pretrained(tmp_path / "theirs")
    adapter = load_adapter(tmp_path / "theirs")
    save_adapter(adapter, tmp_path / "ours")
    torch.testing.assert_close(loaded(base, tmp_path / "ours")(index), model(index))
    again = load_adapter(tmp_path / "ours")
    for name, (a, b, scaling) in adapter.items():
        assert torch.equal(again[name].A, a) and torch.equal(again[name].B, b)
        assert again[name].scaling == scaling


@pytest.mark.parametrize(
    "merge",
    [lego_merge, lambda x: lego_merge(x, preset="gauge"), svd_merge, concat_adapters],
    ids=["paper", "gauge", "svd", "cat"],
)
def test_merged_files_load_in_peft_with_equal_outputs(base, index, tmp_path, merge):
    adapters = []
    for seed, variant in enumerate(VARIANTS):
        trained(base, seed, **VARIANTS[variant]).save_pretrained(tmp_path / variant)
        adapters.append(load_adapter(tmp_path / variant))
    merged = merge(adapters)
    save_adapter(merged, tmp_path / "merged")
    torch.testing.assert_close(
        loaded(base, tmp_path / "merged")(index), adapted(base, merged, index), atol=1e-5, rtol=1e-5
    )


def test_full_names_match_one_module_each(tmp_path):
    """One name is the end of another."""

    class Nested(nn.Module):
        def __init__(self):
            super().__init__()
            self.q = nn.Linear(4, 4)
            self.inner = nn.ModuleDict({"q": nn.Linear(4, 4)})

        def forward(self, x):
            return self.inner["q"](self.q(x))

    def fresh():
        torch.manual_seed(0)
        return Nested()

    config = peft.LoraConfig(
        target_modules=["q"], r=2, rank_pattern={"^q": 3}, alpha_pattern={"inner.q": 5}
    )
    model = peft.get_peft_model(fresh(), config).eval()
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            nn.init.normal_(parameter)
    model.save_pretrained(tmp_path / "theirs")
    adapter = load_adapter(tmp_path / "theirs")
    assert (adapter.rank("q"), adapter.rank("inner.q")) == (3, 2)
    save_adapter(adapter, tmp_path / "ours")
    x = torch.randn(2, 4)
    again = peft.PeftModel.from_pretrained(fresh(), tmp_path / "ours").eval()
    torch.testing.assert_close(again(x), model(x))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"use_dora": True, "target_modules": ["blocks.0"]}, "'use_dora' is not supported"),
        ({"lora_bias": True, "target_modules": ["blocks.0"]}, "'lora_bias' is not supported"),
        ({"bias": "lora_only", "target_modules": ["blocks.0"]}, "'bias' must be 'none'"),
        (
            {"modules_to_save": ["blocks.1"], "target_modules": ["blocks.0"]},
            r"'modules_to_save' is not supported.*\['blocks.1'\]",
        ),
        (
            {"init_lora_weights": "pissa", "target_modules": ["blocks.0"]},
            "'pissa' changes the base",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:.*invalid shape")  # They take a bias for a broken factor.
def test_other_adapters_of_peft_are_refused(base, tmp_path, options, message):
    peft.get_peft_model(base.float(), peft.LoraConfig(**options)).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=message):
        load_adapter(tmp_path)


def test_ia3_is_refused(base, tmp_path):
    config = peft.IA3Config(target_modules=["blocks.0"], feedforward_modules=[])
    peft.get_peft_model(base, config).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="'peft_type' must be 'LORA' .*IA3"):
        load_adapter(tmp_path)


def test_pickles_of_peft_are_refused(base, tmp_path):
    model = trained(base, 0)
    model.save_pretrained(tmp_path)
    tensors = tmp_path / "adapter_model.safetensors"
    torch.save(peft.get_peft_model_state_dict(model), tmp_path / "adapter_model.bin")
    tensors.unlink()
    with pytest.raises(ValueError, match=r"adapter_model.bin' is a pickle"):
        load_adapter(tmp_path)


def test_our_config_has_no_option_that_peft_does_not_know(base, tmp_path):
    trained(base, 0).save_pretrained(tmp_path / "theirs")
    save_adapter(load_adapter(tmp_path / "theirs"), tmp_path / "ours")
    ours, theirs = (
        json.loads((tmp_path / name / "adapter_config.json").read_text())
        for name in ("ours", "theirs")
    )
    assert ours.keys() <= theirs.keys()


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")
def test_language_models_with_transposed_weights(tmp_path):
    """GPT-2 keeps its weights as [d_in, d_out]."""
    from transformers import GPT2Config, GPT2LMHeadModel

    def fresh():
        torch.manual_seed(0)
        sizes = {"vocab_size": 50, "n_positions": 8, "n_embd": 16, "n_layer": 2, "n_head": 2}
        return GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=0, eos_token_id=0)).eval()

    tokens = torch.arange(14).view(2, 7)
    options = {"target_modules": ["c_attn", "c_proj"], "fan_in_fan_out": True}
    adapters = []
    for seed in range(2):
        config = peft.LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, **options)
        model = peft.get_peft_model(fresh(), config).eval()
        torch.manual_seed(seed)
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                nn.init.normal_(parameter, std=0.3)
        model.save_pretrained(tmp_path / str(seed))
        adapters.append(load_adapter(tmp_path / str(seed)))
        ours = apply_adapter(fresh(), adapters[-1])
        torch.testing.assert_close(ours(tokens).logits, model(tokens).logits, atol=1e-5, rtol=1e-5)
    merged = lego_merge(adapters)
    save_adapter(merged, tmp_path / "merged")
    loaded = peft.PeftModel.from_pretrained(fresh(), tmp_path / "merged").eval()
    logits = apply_adapter(fresh(), merged)(tokens).logits
    torch.testing.assert_close(loaded(tokens).logits, logits, atol=1e-5, rtol=1e-5)
    assert (logits - fresh()(tokens).logits).abs().max() > 1e-2
