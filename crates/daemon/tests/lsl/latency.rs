//! How late a sample is in hand: from the push in another process to the stamp of our read, beside an inlet of the
//! real liblsl on the same outlet.

use serde_json::json;

use crate::peer::Lab;
use crate::source::{Bench, config};

/// Median and 99th percentile, in µs.
fn percentiles(mut late: Vec<f64>) -> (f64, f64) {
    late.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| late[(late.len() as f64 * share) as usize] * 1e6;
    (at(0.5), at(0.99))
}

#[test]
fn samples_are_in_hand_soon_after_they_were_pushed() {
    let lab = Lab::new();
    let _peer = lab.outlet(&json!({"name": "headset", "source_id": "h1"}));
    let mut theirs = lab.run("inlet.py", &["headset", "1000"]);
    theirs.json();
    let mut bench = Bench::start(config(&lab));
    bench.until("four seconds", |b| b.raw.len() >= 1000);
    // The sender stamps with this machine's monotonic clock, as the source does.
    let ours = bench.raw.iter();
    let ours = percentiles(ours.map(|(stamp, at)| at.as_secs_f64() - stamp).collect());
    let theirs = (0..1000).map(|_| theirs.json());
    let age = |said: serde_json::Value| Some(said["now"].as_f64()? - said["stamp"].as_f64()?);
    // What waited for it while it asked for the time is left out.
    let theirs = percentiles(theirs.skip(300).filter_map(age).collect());
    println!(
        "from the push: {:.0} µs (99 %: {:.0}) to our stamp, {:.0} µs (99 %: {:.0}) to a pylsl inlet",
        ours.0, ours.1, theirs.0, theirs.1
    );
    // Loose: other tests share the processors.
    assert!(ours.0 < 5000.0, "{} µs", ours.0);
    bench.end();
}
