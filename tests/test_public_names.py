"""The names that users may rely on; a change here is a change of the interface."""

from importlib import import_module

import pytest

PUBLIC = {
    "fourfold": ["Upscaler", "__version__", "evaluate"],
    "fourfold.engine": [
        "NativeEngine",
        "NativeStream",
        "SelfTest",
        "instruction_sets",
        "self_test",
        "why_not",
    ],
    "fourfold.evaluation": [
        "Cache",
        "Case",
        "Dataset",
        "MEASURES",
        "Measure",
        "Method",
        "Pair",
        "Proof",
        "Scores",
        "compare_page",
        "compare_text",
        "compare_trio",
        "evaluate",
        "find_dataset",
        "find_measures",
        "find_method",
        "find_trios",
        "paper_text",
        "proof_text",
        "prove",
        "read_opinions",
        "scores_csv",
        "scores_json",
        "scores_latex",
        "summary",
        "write_report",
    ],
    "fourfold.imaging": [
        "Metadata",
        "Picture",
        "PictureRows",
        "RowReduction",
        "already_there",
        "allow_known_loaders_only",
        "check_format",
        "enlarge",
        "grey",
        "image_extensions",
        "prepare_folder",
        "profiled",
        "quantise",
        "read_image",
        "read_picture",
        "read_size",
        "reduce",
        "row_writer",
        "write_image",
        "write_picture",
        "y_channel",
    ],
    "fourfold.metrics": [
        "LITERATURE",
        "PAPER",
        "Protocol",
        "consistency",
        "lpips",
        "psnr",
        "psnr_rgb",
        "psnr_y",
        "ssim",
        "ssim_daala",
        "ssim_daala_y",
        "ssim_y",
    ],
    "fourfold.networks": [
        "LPIPS_SMALLEST_SIDE",
        "Discriminator",
        "DiscriminatorConfig",
        "Generator",
        "Lpips",
        "VggFeatures",
        "VggLayer",
        "generator_from_weights",
        "generator_tensors",
        "read_vgg",
        "shipped_lpips",
        "to_image",
        "to_tensor",
    ],
    "fourfold.report": [
        "Block",
        "Cell",
        "Column",
        "Comparison",
        "Line",
        "Listing",
        "Notice",
        "Plot",
        "Point",
        "Section",
        "Table",
        "Text",
        "Version",
        "picture_url",
        "plot_intervals",
        "plot_lines",
        "plot_points",
        "plot_shares",
        "plot_spread",
        "render_page",
        "write_page",
    ],
    "fourfold.statistics": [
        "Interval",
        "PairedTest",
        "crossed_mean_interval",
        "holm",
        "mean_interval",
        "wilcoxon",
    ],
    "fourfold.upscaling": [
        "EngineName",
        "Job",
        "Ledger",
        "Progress",
        "Upscaler",
        "fingerprint",
        "fitting_size",
        "plan_jobs",
    ],
    "fourfold.training": [
        "Pack",
        "Place",
        "RECIPES",
        "Recipe",
        "find_recipe",
        "open_pack",
        "pack",
        "plan",
        "train",
        "with_settings",
    ],
    "fourfold.weights": [
        "BATCH_NORM_EPSILON",
        "Card",
        "DEFAULT_MODEL",
        "FoldedGenerator",
        "GeneratorConfig",
        "Layer",
        "Partner",
        "Weights",
        "fold",
        "interpolate",
        "load_partner",
        "load_weights",
        "read_tensors",
        "read_weights",
        "run_weights",
        "shipped_names",
        "tensor_shapes",
        "tensors_sha256",
        "weights_path",
        "write_weights",
    ],
}


@pytest.mark.parametrize("package", PUBLIC)
def test_the_public_names_are_these(package: str):
    module = import_module(package)
    assert sorted(module.__all__) == sorted(PUBLIC[package])
    for name in module.__all__:
        assert getattr(module, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error():
    import fourfold

    with pytest.raises(AttributeError, match="Upscalar"):
        _ = fourfold.Upscalar


def test_the_version_is_that_of_the_installed_package():
    from importlib.metadata import version

    import fourfold

    assert version("fourfold") == fourfold.__version__
