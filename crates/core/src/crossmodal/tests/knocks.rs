use super::*;

/// Knocks in a quiet kitchen, each stream as late as it is told to be; a jaw is clenched from `jaw` on.
fn knocks(at: &[f64], eeg: f64, thermal: f64, jaw: Option<f64>) -> (u32, Lags) {
    let mut kitchen = Kitchen::new(0.0, 0.0);
    kitchen.bouts.clear();
    let mut crossmodal = Crossmodal::new(50);
    crossmodal.listen_for_knocks();
    let mut log_mel = LogMel::new();
    let mut mel = Box::new([[0.0; MEL_PER_HOP]; MELS]);
    let mut hop = Hop::empty();
    hop.eeg.wired = [true; 8];
    hop.eeg.valid = [true; EEG_PER_HOP];
    hop.eeg.presence = Presence::Present;
    hop.audio.presence = Presence::Present;
    hop.thermal.presence = Presence::Present;
    for k in 0..90u64 {
        let start = k as f64 * HOP_S;
        hop.index = k;
        hop.start = HostTime::from_nanos(k as i64 * HOP);
        for i in 0..EEG_PER_HOP {
            let t = start + i as f64 * 0.004 - eeg;
            let works = at.iter().any(|hit| (hit - 0.17..hit + 0.02).contains(&t));
            let clenched = jaw.is_some_and(|from| (from..from + 0.6).contains(&t));
            let strength = 1.0 + if works { 1.5 } else { 0.0 } + if clenched { 20.0 } else { 0.0 };
            hop.eeg.ticks[i] = core::array::from_fn(|_| strength * kitchen.random());
        }
        for i in 0..AUDIO_PER_HOP {
            let t = start + i as f64 / 16_000.0;
            let rings = at.iter().filter(|hit| t >= **hit);
            let level: f64 = rings.map(|hit| (-(t - hit) / 0.1).exp()).sum();
            hop.audio.samples[i] = (0.01 + 0.3 * level as f32) * kitchen.random();
        }
        hop.thermal.frames.clear();
        for i in 0..2 {
            let seen = start + 0.03 + 0.1 * f64::from(i);
            let t = seen - thermal;
            let near = at.iter().map(|hit| (t - hit).abs()).fold(1.0, f64::min);
            let mut celsius = kitchen.picture(t);
            celsius[300] += 400.0 * (1.0 - near / 0.27).max(0.0) as f32;
            hop.thermal.frames.push(ThermalFrame {
                at: HostTime::from_nanos((seen * 1e9) as i64),
                celsius,
            });
        }
        log_mel.hop(&hop.audio.samples, &[true; MEL_PER_HOP], &mut mel);
        crossmodal.hop(&hop, &mel);
    }
    crossmodal.knocks()
}

#[test]
fn three_knocks_tell_the_lags() {
    let at = [8.03, 9.11, 10.06];
    for (eeg, thermal) in [(0.0, 0.0), (0.12, -0.2), (-0.5, 0.6)] {
        let (heard, lags) = knocks(&at, eeg, thermal, None);
        assert_eq!(heard, 3);
        for (pair, truth, off) in [
            (Pair::EegAudio, eeg, 0.025),
            (Pair::ThermalAudio, thermal, 0.06),
        ] {
            let lag = lags.of(pair).known().copied();
            let near = lag.is_some_and(|lag| {
                (lag.seconds - truth).abs() < off && lag.low <= truth && truth <= lag.high
            });
            assert!(near, "{pair:?} at {truth}: {:?}", lags.of(pair));
        }
    }
}

#[test]
fn a_clenched_jaw_is_no_knock() {
    let mut known = 0;
    for (eeg, clenched) in [(0.12, 8.3), (0.0, 9.4), (-0.06, 10.2), (0.0, 11.0)] {
        let (heard, lags) = knocks(&[8.03, 9.11, 10.06], eeg, 0.0, Some(clenched));
        assert_eq!(heard, 3);
        match lags.eeg_audio {
            Lag::Known(lag) => {
                known += 1;
                assert!(
                    (lag.seconds - eeg).abs() < 0.04,
                    "{eeg} {clenched}: {lag:?}"
                );
            }
            other => assert_eq!(other, Lag::Ambiguous, "{eeg} {clenched}"),
        }
    }
    assert!(known >= 2, "{known} of 4");
}

#[test]
fn two_knocks_are_none_and_knocks_that_do_not_show_say_so() {
    let (heard, lags) = knocks(&[8.03, 9.11], 0.0, 0.0, None);
    assert_eq!((heard, lags.eeg_audio), (0, Lag::Unknown(Unknown::TooFew)));
    // So late that the streams say nothing of them any more.
    let (heard, lags) = knocks(&[8.03, 9.11, 10.06], 40.0, 40.0, None);
    assert_eq!(heard, 3);
    for pair in [Pair::EegAudio, Pair::ThermalAudio] {
        assert_eq!(*lags.of(pair), Lag::Unknown(Unknown::NotSeen), "{pair:?}");
    }
}

#[test]
fn a_long_or_a_quick_row_is_a_cook_at_work() {
    for (apart, count) in [(0.81, 16), (0.6, 4), (0.33, 8)] {
        let strokes: Vec<f64> = (0..count).map(|k| 3.0 + apart * f64::from(k)).collect();
        assert_eq!(
            knocks(&strokes, 0.0, 0.0, None).0,
            0,
            "{count} {apart} s apart"
        );
    }
}
