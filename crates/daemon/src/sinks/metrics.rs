//! Prometheus: `/metrics` over HTTP.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use metrics::{
    Label, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use wok_core::clock::Noise;
use wok_core::crossmodal::{Lags, Pair};
use wok_core::verdict::{Aspect, DropReason};

use super::{Bridge, Report, Sink, SourceReport};
use crate::notice::StreamNotice;

/// A client that is slower than this is dropped.
const PATIENCE: Duration = Duration::from_secs(2);
/// Clients that are answered at a time.
const CLIENTS: usize = 32;
/// Longest request head that is read.
const HEAD: u64 = 8 * 1024;
/// Buckets in seconds, from a quarter of a millisecond to a second.
const BUCKETS: [f64; 12] = [
    0.000_25, 0.000_5, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 1.0,
];

/// The process's recorder; there is one, however many outlets a test starts, and it serves one site.
static RECORDER: OnceLock<(String, PrometheusHandle)> = OnceLock::new();

/// The metrics outlet.
#[derive(Debug)]
pub struct Metrics {
    address: SocketAddr,
}

impl Metrics {
    /// Serves `/metrics` at `listen` (port 0 takes a free one).
    ///
    /// # Errors
    /// When the address cannot be listened on, or another recorder is installed.
    pub fn start(bridge: &Bridge, listen: SocketAddr) -> io::Result<Self> {
        let handle = recorder(&bridge.site.id)?;
        let listener = TcpListener::bind(listen).map_err(|error| {
            io::Error::new(error.kind(), format!("metrics cannot listen on {listen}: {error}; set [metrics] listen to a free address"))
        })?;
        let address = listener.local_addr()?;
        std::thread::Builder::new()
            .name("wokd-metrics".into())
            .spawn(move || {
                let busy = Arc::new(());
                for stream in listener.incoming() {
                    let Ok(stream) = stream else {
                        // Such as too many open files: trying at once would only burn the processor.
                        std::thread::sleep(Duration::from_millis(100));
                        continue;
                    };
                    // Beyond so many at a time a client is hung up on; the next scrape finds room.
                    if Arc::strong_count(&busy) > CLIENTS {
                        continue;
                    }
                    let (handle, place) = (handle.clone(), Arc::clone(&busy));
                    // Without a thread there is no answer, and nothing else to do about it.
                    let _ = std::thread::Builder::new().spawn(move || {
                        let _ = answer(stream, &handle);
                        drop(place);
                    });
                }
            })?;
        gauge!("wokd_build_info", "version" => bridge.version).set(1.0);
        let model = [
            Label::new("edition", bridge.edition.clone()),
            Label::new("sha256", bridge.model_sha256.clone()),
            Label::new("provider", bridge.provider.clone()),
            Label::new("runtime", bridge.runtime.clone()),
        ];
        gauge!("wokd_model_info", model.iter()).set(1.0);
        Ok(Self { address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// The recorder, which puts the site on every metric, wherever in the process it comes from.
fn recorder(site: &str) -> io::Result<PrometheusHandle> {
    if let Some((of, handle)) = RECORDER.get() {
        let other = || io::Error::other(format!("this process serves the metrics of {of} already"));
        return (of == site).then(|| handle.clone()).ok_or_else(other);
    }
    let recorder = PrometheusBuilder::new()
        .add_global_label("site", site)
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)
        .map_err(io::Error::other)?
        .build_recorder();
    let (_, handle) = RECORDER
        .get_or_init(|| (site.to_owned(), recorder.handle()))
        .clone();
    metrics::set_global_recorder(recorder).map_err(|error| io::Error::other(error.to_string()))?;
    describe_counter!("wokd_stream_samples_total", "Samples that came in.");
    describe_counter!(
        "wokd_stream_dropped_total",
        "Samples that were not used, by reason."
    );
    describe_counter!("wokd_source_bytes_total", "Bytes that a sensor sent.");
    describe_counter!(
        "wokd_source_skipped_bytes_total",
        "Bytes of a sensor that meant nothing: garbage, spoiled frames."
    );
    describe_counter!(
        "wokd_source_lost_total",
        "How often a sensor went away after it had been there."
    );
    describe_gauge!(
        "wokd_stream_last_sample_timestamp_seconds",
        "When the newest sample of the stream was true, UTC."
    );
    describe_gauge!(
        "wokd_clock_offset_seconds",
        "What drift has added up to since the stream's clock segment began; a camera without a clock of its own has none."
    );
    describe_gauge!(
        "wokd_clock_uncertainty_seconds",
        "Standard deviation of the stream's clock model; a fixed delay (latency_ms) is not in it."
    );
    describe_gauge!(
        "wokd_clock_drift_ratio",
        "How much slower than the host's the stream's clock runs."
    );
    describe_counter!(
        "wokd_clock_segments_total",
        "Segments of the stream's clock: one more at each jump or restart."
    );
    describe_gauge!(
        "wokd_clock_noise",
        "1 for what the stream's clock model rests on now: one-sided (delay only adds, and the quickest arrivals tell the time), symmetric (means do) or two-way (the device answers probes)."
    );
    describe_gauge!(
        "wokd_crossmodal_lag_seconds",
        "How much later the first stream of the pair shows tosses than the second; NaN while it is not known."
    );
    describe_gauge!(
        "wokd_crossmodal_lag_low_seconds",
        "Lower end of the lag's interval of 95 %; NaN while it is not known."
    );
    describe_gauge!(
        "wokd_crossmodal_lag_high_seconds",
        "Upper end of the lag's interval of 95 %; NaN while it is not known."
    );
    describe_gauge!(
        "wokd_crossmodal_alarm",
        "1 while the lag's whole interval is out of bounds."
    );
    describe_counter!("wokd_windows_total", "Hops by outcome.");
    describe_counter!("wokd_cues_total", "Turns in the life of cues.");
    describe_histogram!(
        "wokd_inference_duration_seconds",
        "Time of one step of the model."
    );
    describe_histogram!(
        "wokd_sample_to_publish_seconds",
        "From the end of a hop to its report."
    );
    describe_gauge!(
        "wokd_score",
        "Technique score, 0-100; NaN while there is none."
    );
    describe_gauge!(
        "wokd_aspect",
        "Aspects of the score, 0-1; NaN while there is none."
    );
    describe_counter!(
        "wokd_mqtt_messages_total",
        "Messages sent now or never, dropped, or kept and acknowledged."
    );
    describe_counter!("wokd_errors_total", "Errors by stage and type.");
    describe_gauge!("wokd_build_info", "Version of wokd.");
    describe_gauge!(
        "wokd_model_info",
        "The model, where it runs, and the version of ONNX Runtime."
    );
    Ok(handle)
}

/// Answers one request and closes.
fn answer(mut stream: TcpStream, handle: &PrometheusHandle) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let began = Instant::now();
    let mut lines = BufReader::new(stream.try_clone()?.take(HEAD)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        // A head that drips in is no scraper's.
        if line?.is_empty() || began.elapsed() > PATIENCE {
            break;
        }
    }
    let mut words = request.split_whitespace();
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let (status, kind, body) = if method != "GET" {
        (
            "405 Method Not Allowed",
            "text/plain",
            "only GET\n".to_owned(),
        )
    } else if path.split('?').next() == Some("/metrics") {
        ("200 OK", "text/plain; version=0.0.4", handle.render())
    } else {
        (
            "404 Not Found",
            "text/plain",
            "metrics are at /metrics\n".to_owned(),
        )
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}

impl Sink for Metrics {
    fn report(&mut self, report: &Report<'_>) {
        let Some(place) = report.station() else {
            return;
        };
        let station = place.id.clone();
        let verdict = report.verdict;
        let outcome = verdict
            .outcome
            .as_ref()
            .map_or_else(|why| why.as_str(), |_| "scored");
        counter!("wokd_windows_total", "station" => station.clone(), "outcome" => outcome)
            .increment(1);
        histogram!("wokd_sample_to_publish_seconds", "station" => station.clone())
            .record(report.latency.as_secs_f64());
        for cue in verdict.cues.iter().flatten() {
            let (kind, change) = (cue.kind.as_str(), cue.change.as_str());
            counter!("wokd_cues_total", "station" => station.clone(), "cue" => kind, "type" => change)
                .increment(1);
        }
        // A fault never looks like a score.
        let of = |value: Option<f32>| value.map_or(f64::NAN, f64::from);
        let output = verdict.outcome.as_ref().ok();
        let edition = report.bridge.edition.clone();
        gauge!("wokd_score", "station" => station.clone(), "edition" => edition)
            .set(of(output.map(|o| o.score[2])));
        for aspect in Aspect::ALL {
            gauge!("wokd_aspect", "station" => station.clone(), "aspect" => aspect.as_str())
                .set(of(output.map(|o| o.aspects[aspect.index()])));
        }
    }

    fn stream(&mut self, bridge: &Bridge, notice: &StreamNotice, last_ms: Option<i64>) {
        let Some((place, _)) = bridge.stations.get(usize::from(notice.station)) else {
            return;
        };
        let labels = [
            Label::new("station", place.id.clone()),
            Label::new("stream", notice.stream.as_str()),
        ];
        counter!("wokd_stream_samples_total", labels.iter()).absolute(notice.account.taken);
        for reason in DropReason::ALL {
            let mut labels = labels.to_vec();
            labels.push(Label::new("reason", reason.as_str()));
            counter!("wokd_stream_dropped_total", labels.iter())
                .absolute(notice.account.dropped[reason as usize]);
        }
        if let Some(last_ms) = last_ms {
            gauge!("wokd_stream_last_sample_timestamp_seconds", labels.iter())
                .set(last_ms as f64 / 1000.0);
        }
        if let Some(clock) = &notice.clock {
            gauge!("wokd_clock_offset_seconds", labels.iter()).set(clock.offset_seconds);
            gauge!("wokd_clock_uncertainty_seconds", labels.iter()).set(clock.uncertainty_seconds);
            gauge!("wokd_clock_drift_ratio", labels.iter()).set(clock.drift_ppm * 1e-6);
            counter!("wokd_clock_segments_total", labels.iter())
                .absolute(u64::from(clock.segments));
            for noise in Noise::ALL {
                let mut labels = labels.to_vec();
                labels.push(Label::new("noise", noise.as_str()));
                let is = f64::from(u8::from(noise == clock.noise));
                gauge!("wokd_clock_noise", labels.iter()).set(is);
            }
        }
    }

    fn lags(
        &mut self,
        bridge: &Bridge,
        station: u16,
        lags: &Lags,
        alarms: &[bool; Pair::ALL.len()],
    ) {
        let Some((place, streams)) = bridge.stations.get(usize::from(station)) else {
            return;
        };
        for (pair, alarm) in Pair::ALL.into_iter().zip(alarms) {
            let (a, b) = pair.streams();
            if !streams.contains(&a) || !streams.contains(&b) {
                continue;
            }
            let labels = [
                Label::new("station", place.id.clone()),
                Label::new("pair", pair.as_str()),
            ];
            // A fault never looks like a lag.
            let known = lags.of(pair).known();
            let of = |value: Option<f64>| value.unwrap_or(f64::NAN);
            gauge!("wokd_crossmodal_lag_seconds", labels.iter()).set(of(known.map(|l| l.seconds)));
            gauge!("wokd_crossmodal_lag_low_seconds", labels.iter()).set(of(known.map(|l| l.low)));
            gauge!("wokd_crossmodal_lag_high_seconds", labels.iter())
                .set(of(known.map(|l| l.high)));
            gauge!("wokd_crossmodal_alarm", labels.iter()).set(f64::from(u8::from(*alarm)));
        }
    }

    fn source(&mut self, bridge: &Bridge, source: &SourceReport<'_>) {
        let Some((place, _)) = bridge.stations.get(usize::from(source.station)) else {
            return;
        };
        let labels = [
            Label::new("station", place.id.clone()),
            Label::new("sensor", source.sensor.to_owned()),
        ];
        counter!("wokd_source_bytes_total", labels.iter()).absolute(source.bytes);
        counter!("wokd_source_skipped_bytes_total", labels.iter()).absolute(source.skipped);
        counter!("wokd_source_lost_total", labels.iter()).absolute(source.lost);
    }

    fn inference(&mut self, took: Duration) {
        histogram!("wokd_inference_duration_seconds").record(took.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use wok_core::crossmodal::{Estimate, Lag};
    use wok_core::hop::Presence;
    use wok_core::verdict::{Account, StreamKind};

    use super::*;
    use crate::sinks::testing::{bridge, scored, unscored};

    fn get(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_scrape_shows_the_score_and_a_fault_is_no_number() {
        let bridge = bridge();
        let mut sink = Metrics::start(&bridge, ([127, 0, 0, 1], 0).into()).unwrap();
        let report = |verdict| Report {
            bridge: &bridge,
            verdict,
            seq: 1,
            time_ms: 1500,
            latency: Duration::from_millis(3),
        };
        let (good, bad) = (scored(61.5), unscored());
        sink.report(&report(&good));
        sink.inference(Duration::from_micros(400));
        let notice = StreamNotice {
            station: 0,
            stream: StreamKind::Thermal,
            account: Account::default(),
            clock: Some(wok_core::clock::Status {
                offset_seconds: 0.25,
                uncertainty_seconds: 1e-5,
                drift_ppm: 40.0,
                noise: Noise::OneSided,
                segments: 2,
            }),
            newest: None,
            presence: Presence::Present,
        };
        sink.stream(&bridge, &notice, Some(1500));
        let lag = Lag::Known(Estimate {
            seconds: 0.0625,
            low: 0.05,
            high: 0.075,
        });
        let lags = Lags {
            thermal_audio: lag,
            ..Lags::default()
        };
        sink.lags(&bridge, 0, &lags, &[false, true, false]);
        let text = get(sink.address(), "GET /metrics HTTP/1.1\r\n\r\n");
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        assert!(!text.contains("eeg_audio"), "there is no headset\n{text}");
        for line in [
            "wokd_crossmodal_lag_seconds{site=\"home\",station=\"stove\",pair=\"thermal_audio\"} 0.0625",
            "wokd_crossmodal_lag_low_seconds{site=\"home\",station=\"stove\",pair=\"thermal_audio\"} 0.05",
            "wokd_crossmodal_alarm{site=\"home\",station=\"stove\",pair=\"thermal_audio\"} 1",
            "wokd_score{site=\"home\",station=\"stove\",edition=\"base\"} 61.5",
            "wokd_windows_total{site=\"home\",station=\"stove\",outcome=\"scored\"} 1",
            "# TYPE wokd_inference_duration_seconds histogram",
            "wokd_clock_segments_total{site=\"home\",station=\"stove\",stream=\"thermal\"} 2",
            "wokd_clock_noise{site=\"home\",station=\"stove\",stream=\"thermal\",noise=\"one-sided\"} 1",
            "wokd_clock_noise{site=\"home\",station=\"stove\",stream=\"thermal\",noise=\"symmetric\"} 0",
            "wokd_stream_last_sample_timestamp_seconds{site=\"home\",station=\"stove\",stream=\"thermal\"} 1.5",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        sink.report(&report(&bad));
        sink.lags(&bridge, 0, &Lags::default(), &[false; 3]);
        let text = get(sink.address(), "GET /metrics HTTP/1.1\r\n\r\n");
        assert!(
            text.contains("wokd_score{site=\"home\",station=\"stove\",edition=\"base\"} NaN"),
            "{text}"
        );
        let lag =
            "wokd_crossmodal_lag_seconds{site=\"home\",station=\"stove\",pair=\"thermal_audio\"}";
        assert!(text.contains(&format!("{lag} NaN")), "{text}");
        // Clients that say nothing keep nobody waiting.
        let silent: Vec<_> = (0..8)
            .map(|_| TcpStream::connect(sink.address()).unwrap())
            .collect();
        assert!(get(sink.address(), "GET /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200"));
        drop(silent);
        assert!(get(sink.address(), "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
        assert!(get(sink.address(), "POST /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));
    }
}
