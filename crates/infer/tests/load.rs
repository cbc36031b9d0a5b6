//! Loading: what is refused, and in which words.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[allow(dead_code, reason = "each test file uses its part")]
mod common;

use common::{fixture, load, options, refuse};
use safetensors::SafeTensors;
use wok_infer::{LoadError, Model, Options, Provider, Runtime};

fn expect(options: &Options, words: &[&str]) -> LoadError {
    let error = refuse(options);
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "\"{word}\" is not in: {text}");
    }
    error
}

#[test]
fn a_good_model_says_what_it_is() {
    let model = load(&options(fixture("tiny.onnx")));
    let info = model.info();
    assert_eq!(info.edition, "tiny-1");
    assert_eq!(info.feature_id, "test-features");
    assert_eq!(info.provider.provider, Provider::Cpu);
    assert!(info.provider.tried.is_empty());
    // 8 × 3 + 64 × 2 tails, 96 + 96 + 64 × 96 memory, 1 fill, 2 sums, 2 phases.
    assert_eq!(info.state_numbers, 6493);
    assert!(
        info.runtime_version.starts_with("1."),
        "{}",
        info.runtime_version
    );
    assert!(info.runtime_path.is_file());
    let worst = info
        .golden_error
        .expect("the vectors beside the model are found");
    assert!((0.0..1.0).contains(&worst), "{worst}");
    let card = std::fs::read_to_string(fixture("tiny.json")).unwrap();
    assert!(card.contains(&info.sha256.to_string()), "{card}");
}

#[test]
fn models_that_do_not_fit_are_named_by_what_differs() {
    let check = |file: &str, words: &[&str]| {
        let error = expect(&options(fixture(file)), words);
        assert!(matches!(error, LoadError::Contract { .. }), "{error:?}");
    };
    check(
        "bands.onnx",
        &["input mel_new: expected f32[B,64,20], the model has f32[B,40,20]"],
    );
    check(
        "missing.onnx",
        &["output hazard: expected f32[B,3], the model has none"],
    );
    check(
        "narrow_phase.onnx",
        &[
            "input s_phase: expected f64[B,P], the model has f32[B,2]",
            "output n_phase: expected f64[B,P], the model has f32[B,2]",
        ],
    );
    check(
        "contract.onnx",
        &[
            "metadata contract: expected \"flavorformer-step/2\", the model has \"flavorformer-step/9\"",
        ],
    );
}

#[test]
fn a_model_of_other_features_is_refused() {
    let other = Options {
        feature_id: "newer".into(),
        ..options(fixture("tiny.onnx"))
    };
    expect(
        &other,
        &["metadata feature_id: expected \"newer\", the model has \"test-features\""],
    );
}

#[test]
fn files_that_are_no_model_are_refused() {
    for file in ["garbage.onnx", "truncated.onnx"] {
        let error = expect(&options(fixture(file)), &[file, "copy it anew"]);
        assert!(matches!(error, LoadError::NotAModel { .. }), "{error:?}");
    }
    let empty = tempfile::NamedTempFile::new().unwrap();
    let error = expect(&options(empty.path()), &["copy it anew"]);
    assert!(matches!(error, LoadError::NotAModel { .. }), "{error:?}");
    let error = expect(
        &options(fixture("none.onnx")),
        &["none.onnx cannot be read"],
    );
    assert!(matches!(error, LoadError::Read { .. }), "{error:?}");
}

#[test]
fn a_model_that_is_not_its_cards_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.onnx");
    let card = folder.path().join("tiny.json");
    std::fs::copy(fixture("tiny.onnx"), &path).unwrap();

    std::fs::copy(fixture("tiny.json"), &card).unwrap();
    load(&options(&path));

    std::fs::write(&card, format!("{{\"sha256\": \"{}\"}}", "0".repeat(64))).unwrap();
    let error = expect(
        &options(&path),
        &["is not the model of its card", &"0".repeat(64)],
    );
    assert!(matches!(error, LoadError::Hash { .. }), "{error:?}");

    std::fs::write(&card, "{").unwrap();
    let error = expect(&options(&path), &["tiny.json is not a model card"]);
    assert!(matches!(error, LoadError::Card { .. }), "{error:?}");
}

/// The golden vectors, each tensor as `change` leaves it, and without those it says no to.
fn golden(change: impl Fn(&str, &mut [u8]) -> bool) -> tempfile::NamedTempFile {
    let bytes = std::fs::read(fixture("tiny.golden.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors = Vec::new();
    for (name, view) in file.iter() {
        let mut data = view.data().to_vec();
        if change(name, &mut data) {
            tensors.push((name, view.dtype(), view.shape().to_vec(), data));
        }
    }
    let views = tensors.iter().map(|(name, dtype, shape, data)| {
        (
            *name,
            safetensors::tensor::TensorView::new(*dtype, shape.clone(), data).unwrap(),
        )
    });
    let out = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(out.path(), safetensors::serialize(views, None).unwrap()).unwrap();
    out
}

/// The golden vectors with the bytes of `tensor` at `at` replaced.
fn spoiled(tensor: &str, at: usize, bytes: &[u8]) -> tempfile::NamedTempFile {
    golden(|name, data| {
        if name == tensor {
            data[at..at + bytes.len()].copy_from_slice(bytes);
        }
        true
    })
}

#[test]
fn golden_vectors_are_held_to() {
    let with = |file: &tempfile::NamedTempFile| Options {
        golden: Some(file.path().to_owned()),
        ..options(fixture("tiny.onnx"))
    };
    load(&with(&golden(|_, _| true)));

    // The second number of step 2 of score[4,5]; the doses of the fixture add up to less than 4.
    let off = spoiled("score", 4 * (2 * 5 + 1), &9.0_f32.to_le_bytes());
    let error = expect(&with(&off), &["score: off by", "at step 2", "on cpu"]);
    assert!(matches!(error, LoadError::Golden { .. }), "{error:?}");

    let state = spoiled("n_phase", 0, &9.0_f64.to_le_bytes());
    expect(&with(&state), &["n_phase: off by", "at step 3"]);

    let nan = spoiled("aspects", 0, &f32::NAN.to_le_bytes());
    expect(&with(&nan), &["aspects: off by NaN"]);

    let without = golden(|name, _| name != "heat");
    let error = expect(&with(&without), &["does not hold golden vectors", "heat"]);
    assert!(matches!(error, LoadError::GoldenFile { .. }), "{error:?}");

    let garbage = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(garbage.path(), b"not a tensor").unwrap();
    expect(&with(&garbage), &["does not hold golden vectors"]);
}

#[test]
fn a_gpu_that_was_asked_for_is_never_silently_the_cpu() {
    for provider in [Provider::Cuda(0), Provider::TensorRt(0)] {
        let wanted = Options {
            provider,
            ..options(fixture("tiny.onnx"))
        };
        match Model::load(&wanted) {
            Ok(model) => assert_eq!(model.info().provider.provider, provider),
            Err(error) => {
                let text = error.to_string();
                assert!(matches!(error, LoadError::Provider { .. }), "{text}");
                assert!(
                    text.contains(&provider.to_string()) && text.contains("auto or cpu"),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn auto_says_what_it_got_and_why() {
    let auto = Options {
        provider: Provider::Auto,
        ..options(fixture("tiny.onnx"))
    };
    let model = load(&auto);
    let chosen = &model.info().provider;
    match chosen.provider {
        Provider::Cuda(0) => assert!(chosen.tried.is_empty(), "{chosen}"),
        Provider::Cpu => {
            assert_eq!(chosen.tried.len(), 1, "{chosen}");
            assert_eq!(chosen.tried[0].0, Provider::Cuda(0));
            assert!(!chosen.tried[0].1.is_empty());
        }
        other => panic!("auto gave {other}"),
    }
}

#[test]
fn the_library_is_loaded_once() {
    let first = load(&options(fixture("tiny.onnx")))
        .info()
        .runtime_path
        .clone();
    let again = Runtime::load(None).unwrap();
    assert_eq!(again.path(), first);
    assert!(Runtime::load(Some(&first)).is_ok());
    let error = Runtime::load(Some(std::path::Path::new("/elsewhere.so")))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("/elsewhere.so") && error.contains("restart"),
        "{error}"
    );
}
