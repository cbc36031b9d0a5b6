//! Stepping: state, batches, spoiled numbers, and the same bits twice.
#![allow(clippy::panic, reason = "helpers of tests")]

#[allow(dead_code, reason = "each test file uses its part")]
mod common;

use common::{fixture, load, options};
use wok_core::step::{StepInput, StepOutput};
use wok_infer::contract::zero_output;
use wok_infer::{Job, Model, Options, State, StepError};

fn tiny() -> Model {
    load(&options(fixture("tiny.onnx")))
}

/// The tiny model adds up doses into its score and advances its phase with the hops.
fn dose(dose: f32) -> StepInput {
    StepInput {
        dose: [dose],
        ..StepInput::masked()
    }
}

fn step(model: &mut Model, input: &StepInput, state: &mut State) -> Result<StepOutput, StepError> {
    let mut output = zero_output();
    model.step(input, state, &mut output).map(|()| output)
}

#[test]
fn state_goes_from_step_to_step() {
    let mut model = tiny();
    let mut state = model.station();
    assert!(state.is_fresh());
    for expect in [1.0, 2.0, 3.0] {
        let output = step(&mut model, &dose(1.0), &mut state).unwrap();
        assert_eq!(output.score, [expect; 5]);
    }
    assert!(!state.is_fresh());
    assert_eq!(state.part("s_acc"), Some(vec![3.0, 3.0]));
    assert_eq!(state.part("s_fill"), Some(vec![3.0]));
    assert_eq!(state.part("s_none"), None);
    // The phase is f64: f32 would have lost the second rate beside the first.
    let phase = state.part("s_phase").unwrap();
    assert!(
        (phase[0] - 0.3).abs() < 1e-12 && (phase[1] - 3e-12).abs() < 1e-24,
        "{phase:?}"
    );

    let restart = StepInput {
        reset: [1.0],
        ..dose(5.0)
    };
    assert_eq!(
        step(&mut model, &restart, &mut state).unwrap().score,
        [5.0; 5]
    );
    state.reset();
    assert_eq!(state, model.station());
    assert_eq!(
        step(&mut model, &dose(7.0), &mut state).unwrap().score,
        [7.0; 5]
    );
}

#[test]
fn every_input_and_output_finds_its_place() {
    let mut model = tiny();
    let mut state = model.station();
    let mut input = StepInput::masked();
    input.heat = [8.0, 3.0];
    input.hops = [2.0];
    input.bypass = [1.0];
    input.quality = [0.1, 0.2, 0.3, 0.4];
    for (band, row) in input.mel.iter_mut().enumerate() {
        row.fill(u8::try_from(band).unwrap().into());
    }
    for (channel, row) in input.eeg.iter_mut().enumerate() {
        row[47..].fill(u8::try_from(channel).unwrap().into());
    }
    let output = step(&mut model, &input, &mut state).unwrap();
    assert_eq!(output.aspects, [3.0; 6]);
    assert_eq!(output.phase, [2.0; 6]);
    assert_eq!(output.hazard, [1.0; 3]);
    assert_eq!(output.attention, input.quality);
    assert!(
        output
            .embedding
            .iter()
            .enumerate()
            .all(|(band, x)| (*x - band as f32).abs() < 1e-4)
    );
    let tail = state.part("s_eeg_tail").unwrap();
    let expect: Vec<f64> = (0..8).flat_map(|channel| [f64::from(channel); 3]).collect();
    assert_eq!(tail, expect);
}

#[test]
fn what_is_not_finite_resets_the_state_and_gives_nothing() {
    let mut model = tiny();
    let mut state = model.station();
    step(&mut model, &dose(2.0), &mut state).unwrap();
    // The tiny model takes the root of 1 + wall temperature.
    let spoiled = StepInput {
        heat: [-2.0, 0.0],
        ..dose(1.0)
    };
    let mut output = zero_output();
    output.score = [42.0; 5];
    let result = model.step(&spoiled, &mut state, &mut output);
    assert_eq!(result, Err(StepError::NotFinite { tensor: "aspects" }));
    assert_eq!(output.score, [42.0; 5]);
    assert_eq!(state, model.station());

    let infinite = StepInput {
        hops: [f32::INFINITY],
        ..dose(1.0)
    };
    let error = step(&mut model, &infinite, &mut state).unwrap_err();
    assert!(matches!(error, StepError::NotFinite { .. }), "{error}");
    assert_eq!(
        step(&mut model, &dose(1.0), &mut state).unwrap().score,
        [1.0; 5]
    );
}

/// Five stations for three rounds, of which the fourth is spoiled in the second.
fn five_stations(max_batch: Option<usize>) -> Vec<StepOutput> {
    let mut model = load(&Options {
        max_batch,
        ..options(fixture("tiny.onnx"))
    });
    let mut states: Vec<State> = (0..5).map(|_| model.station()).collect();
    let mut outputs = vec![zero_output(); 5];
    for round in 1..=3 {
        let mut inputs: Vec<StepInput> = (1..=5_u8).map(|n| dose(n.into())).collect();
        if round == 2 {
            inputs[3].heat[0] = -9.0;
        }
        let each = inputs.iter().zip(&mut states).zip(&mut outputs);
        let mut jobs: Vec<Job> = each
            .map(|((input, state), output)| Job {
                input,
                state,
                output,
            })
            .collect();
        let results = model.step_all(&mut jobs);
        for (n, result) in results.iter().enumerate() {
            assert_eq!(
                result.is_err(),
                round == 2 && n == 3,
                "round {round}, station {n}"
            );
        }
    }
    outputs
}

#[test]
fn stations_step_together_and_do_not_touch_each_other() {
    // One by one, in twos, all in one padded to eight.
    for max_batch in [None, Some(2), Some(8)] {
        let outputs = five_stations(max_batch);
        let scores: Vec<f32> = outputs.iter().map(|output| output.score[0]).collect();
        // The fourth began anew in the third round.
        assert_eq!(scores, [3.0, 6.0, 9.0, 4.0, 15.0], "batch {max_batch:?}");
    }
}

#[test]
fn a_state_of_another_edition_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.onnx");
    // A trailing metadata entry: another file, the same step.
    let mut bytes = std::fs::read(fixture("tiny.onnx")).unwrap();
    bytes.extend([0x72, 0x06, 0x0a, 0x01, b'k', 0x12, 0x01, b'v']);
    std::fs::write(&path, bytes).unwrap();
    let mut other = load(&options(path));
    let mut model = tiny();
    let mut state = model.station();
    step(&mut model, &dose(1.0), &mut state).unwrap();
    let before = state.clone();
    assert_eq!(
        step(&mut other, &dose(1.0), &mut state),
        Err(StepError::ForeignState)
    );
    assert_eq!(state, before);
}

/// Inputs that differ in every number from step to step.
fn noise(step: u32) -> StepInput {
    let mut seed = step.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        (seed >> 8) as f32 / 16_777_216.0
    };
    let mut input = StepInput::masked();
    for field in wok_infer::contract::INPUTS {
        (field.of_mut)(&mut input).fill_with(&mut next);
    }
    input.hops = [1.0];
    input.reset = [0.0];
    input
}

#[test]
fn the_same_inputs_give_the_same_bits() {
    let run = || {
        let mut model = tiny();
        let mut state = model.station();
        let steps = (0..50).map(|n| step(&mut model, &noise(n), &mut state).unwrap());
        let bits: Vec<u32> = steps
            .flat_map(|o| o.values().collect::<Vec<_>>())
            .map(f32::to_bits)
            .collect();
        (bits, state)
    };
    let (first, second) = (run(), run());
    assert!(first == second);
    assert_eq!(first.0.len(), 50 * (5 + 6 + 6 + 3 + 64 + 4));
}

#[test]
fn a_model_can_move_to_its_own_thread() {
    let mut model = tiny();
    let mut state = model.station();
    let moved = std::thread::spawn(move || step(&mut model, &dose(1.0), &mut state));
    assert_eq!(moved.join().unwrap().unwrap().score, [1.0; 5]);
}
