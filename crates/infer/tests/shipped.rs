//! The shipped edition: it fits, it gives its golden vectors, and the same bits twice.
#![allow(clippy::panic, reason = "helpers of tests")]

#[allow(dead_code, reason = "each test file uses its part")]
mod common;

use std::path::Path;

use common::load;
use wok_core::step::StepInput;
use wok_infer::contract::{INPUTS, zero_output};
use wok_infer::{Job, Model, Options, Provider, card_path};

fn options() -> Options {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/models/base.onnx");
    Options {
        provider: Provider::Cpu,
        ..Options::new(path, wok_core::features::id_text())
    }
}

/// Inputs in which every number differs from step to step, everything present.
fn noise(step: u32) -> StepInput {
    let mut seed = step.wrapping_mul(2_654_435_761) | 1;
    let mut input = StepInput::masked();
    for field in INPUTS {
        (field.of_mut)(&mut input).fill_with(|| {
            seed ^= seed << 13;
            seed ^= seed >> 17;
            seed ^= seed << 5;
            (seed >> 8) as f32 / 16_777_216.0
        });
    }
    input.eeg_mask.fill(1.0);
    input.aux_mask.fill(1.0);
    input.hops = [1.0];
    input.bypass = [0.0];
    input.reset = [0.0];
    input
}

/// Bits of every output of 60 steps.
fn run(model: &mut Model) -> Vec<u32> {
    let mut state = model.station();
    let mut output = zero_output();
    let mut bits = Vec::new();
    for n in 0..60 {
        let mut input = noise(n);
        // Sometimes one modality or another is missing.
        let gone = n as usize % 7;
        if let Some(quality) = input.quality.get_mut(gone) {
            *quality = 0.0;
        }
        model
            .step(&input, &mut state, &mut output)
            .unwrap_or_else(|error| panic!("step {n}: {error}"));
        bits.extend(output.values().map(f32::to_bits));
    }
    bits
}

#[test]
fn it_has_its_card_and_its_golden_vectors() {
    let options = options();
    assert!(
        card_path(&options.path).is_file(),
        "a shipped model has a card"
    );
    let model = load(&options);
    let worst = model.info().golden_error;
    assert!(
        worst.is_some_and(|worst| worst < 1.0),
        "a shipped model has golden vectors: {worst:?}"
    );
    assert!(!model.info().edition.is_empty());
}

#[test]
fn the_same_inputs_give_the_same_bits() {
    let mut model = load(&options());
    let first = run(&mut model);
    assert!(first == run(&mut model), "the same session");
    assert!(first == run(&mut load(&options())), "another session");
}

#[test]
fn a_hop_of_which_nothing_is_known_spoils_nothing() {
    let mut model = load(&options());
    let mut state = model.station();
    let mut output = zero_output();
    model
        .step(&StepInput::masked(), &mut state, &mut output)
        .unwrap();
    model.step(&noise(1), &mut state, &mut output).unwrap();
    model
        .step(&StepInput::masked(), &mut state, &mut output)
        .unwrap();
    assert!(output.is_finite() && !state.is_fresh());
}

#[test]
fn its_outputs_are_in_their_ranges() {
    let mut model = load(&options());
    let mut state = model.station();
    let mut output = zero_output();
    for n in 0..60 {
        model.step(&noise(n), &mut state, &mut output).unwrap();
        assert!(
            output.score.is_sorted(),
            "quantiles rise: {:?}",
            output.score
        );
        assert!(
            output.score.iter().all(|x| (0.0..=100.0).contains(x)),
            "{:?}",
            output.score
        );
        let shares = output
            .aspects
            .iter()
            .chain(&output.phase)
            .chain(&output.hazard)
            .chain(&output.attention);
        assert!(
            shares.clone().all(|x| (-1e-6..=1.0 + 1e-6).contains(x)),
            "{output:?}"
        );
        for distribution in [&output.phase[..], &output.attention[..]] {
            let sum: f32 = distribution.iter().sum();
            assert!((sum - 1.0).abs() < 1e-3, "{distribution:?}");
        }
    }
}

#[test]
fn an_old_state_is_forgotten_at_a_reset() {
    let mut model = load(&options());
    let (mut old, mut new) = (model.station(), model.station());
    let (mut from_old, mut from_new) = (zero_output(), zero_output());
    for n in 0..20 {
        model.step(&noise(n), &mut old, &mut from_old).unwrap();
    }
    let restart = StepInput {
        reset: [1.0],
        ..noise(99)
    };
    model.step(&restart, &mut old, &mut from_old).unwrap();
    model.step(&restart, &mut new, &mut from_new).unwrap();
    assert_eq!(from_old, from_new);
}

#[test]
fn a_batch_gives_what_single_steps_give() {
    let mut single = load(&options());
    let mut batched = load(&Options {
        max_batch: Some(4),
        ..options()
    });
    let mut states: Vec<_> = (0..3)
        .map(|_| (single.station(), batched.station()))
        .collect();
    let mut outputs = vec![(zero_output(), zero_output()); 3];
    for n in 0..10 {
        let inputs: Vec<StepInput> = (0..3).map(|station| noise(n * 3 + station)).collect();
        for ((input, state), output) in inputs.iter().zip(&mut states).zip(&mut outputs) {
            single.step(input, &mut state.0, &mut output.0).unwrap();
        }
        let each = inputs.iter().zip(&mut states).zip(&mut outputs);
        let mut jobs: Vec<Job<'_>> = each
            .map(|((input, state), output)| Job {
                input,
                state: &mut state.1,
                output: &mut output.1,
            })
            .collect();
        assert!(batched.step_all(&mut jobs).iter().all(Result::is_ok));
    }
    // Kernels of other shapes add in another order.
    for (one, many) in &outputs {
        for (a, b) in one.values().zip(many.values()) {
            assert!((a - b).abs() <= 1e-3 * b.abs().max(1.0), "{a} and {b}");
        }
    }
}
