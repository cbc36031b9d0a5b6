//! What is measured, and what it is to reach.

/// Which side of the target is good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bound {
    /// Reached when the value is at most this.
    AtMost(f64),
    /// Reached when the value is at least this.
    AtLeast(f64),
    /// Only reported.
    Reported,
}

/// How a benchmark is run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Source {
    /// An example that prints JSON lines `{"name", "value", "unit"}`.
    Example {
        /// Its package.
        package: &'static str,
        /// Its name.
        example: &'static str,
        /// The package's features that it needs.
        features: &'static str,
        /// Whether it runs the model.
        model: bool,
        /// Its arguments.
        args: &'static [&'static str],
    },
    /// An example of the daemon that prints such lines, and runs liblsl beside itself, and libfaketime.
    Beside {
        /// Its name.
        example: &'static str,
    },
    /// A clean release build of the whole workspace.
    Build,
    /// The model on a CUDA GPU.
    Gpu,
}

/// A benchmark and the rows it gives.
pub(crate) struct Bench {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    /// What it measures.
    pub(crate) about: &'static str,
    /// Whether it runs only when named: it takes minutes or a machine of its own.
    pub(crate) only_when_named: bool,
    /// How it is run.
    pub(crate) source: Source,
    /// Another program that a script measures on the same machine right after: its name, unless the script says another, and the script.
    pub(crate) peer: Option<(&'static str, &'static str)>,
    /// The rows it must give: name, unit, target. A row that is missing has failed; a row beyond these is only reported.
    pub(crate) rows: &'static [(&'static str, &'static str, Bound)],
}

use Bound::{AtLeast, AtMost, Reported};

/// All benchmarks.
pub(crate) const BENCHES: &[Bench] = &[
    Bench {
        name: "decoders",
        about: "bytes of each sensor decoded, on one core",
        only_when_named: false,
        source: Source::Example {
            package: "firmware-interfaces",
            example: "throughput",
            features: "",
            model: false,
            args: &["--json"],
        },
        peer: None,
        rows: &[
            ("decode_cyton", "MB/s", AtLeast(200.0)),
            ("decode_thinkgear", "MB/s", AtLeast(200.0)),
            ("decode_gy_mcu90640", "MB/s", AtLeast(200.0)),
            ("decode_lepton", "MB/s", AtLeast(200.0)),
            ("decode_infiray", "MB/s", AtLeast(200.0)),
            ("decode_woklink", "MB/s", AtLeast(200.0)),
            ("decode_lsl", "MB/s", AtLeast(200.0)),
        ],
    },
    Bench {
        name: "simulator",
        about: "simulated cooks with all three modalities, on one core",
        only_when_named: false,
        source: Source::Example {
            package: "wok-simulator",
            example: "speed",
            features: "",
            model: false,
            args: &[],
        },
        peer: None,
        rows: &[("simulator_speed", "x real time", AtLeast(100.0))],
    },
    Bench {
        name: "features",
        about: "features of one station, on one core",
        only_when_named: false,
        source: Source::Example {
            package: "wok-core",
            example: "features_speed",
            features: "",
            model: false,
            args: &[],
        },
        peer: None,
        rows: &[("features_speed", "x real time", Reported)],
    },
    Bench {
        name: "pipeline",
        about: "the pipeline of one station without inference, on one core",
        only_when_named: false,
        source: Source::Example {
            package: "wok-core",
            example: "pipeline_speed",
            features: "",
            model: false,
            args: &[],
        },
        peer: None,
        rows: &[("pipeline_speed", "x real time", AtLeast(1000.0))],
    },
    Bench {
        name: "model",
        about: "a step of the shipped model, one station, one CPU thread",
        only_when_named: false,
        source: Source::Example {
            package: "wok-infer",
            example: "step_speed",
            features: "",
            model: true,
            args: &[],
        },
        peer: Some(("onnxruntime for Python", "training/step_speed.py")),
        rows: &[
            ("model_step_p50", "ms", AtMost(0.7)),
            ("model_step_p99", "ms", Reported),
        ],
    },
    Bench {
        name: "live",
        about: "the whole daemon, one station, from device bytes to a broker's read",
        only_when_named: false,
        source: Source::Example {
            package: "wokd",
            example: "live",
            features: "demo",
            model: true,
            args: &[],
        },
        peer: None,
        rows: &[
            ("hop_close_to_read_p50", "ms", AtMost(3.0)),
            ("hop_end_to_read_p50", "ms", Reported),
            // The default lateness of 150 ms and 10 ms.
            ("hop_end_to_read_p99", "ms", AtMost(160.0)),
            ("start_to_ready", "s", AtMost(1.0)),
            ("rss", "MB", AtMost(120.0)),
        ],
    },
    Bench {
        name: "lsl",
        about: "a Lab Streaming Layer sample, from the push in another process to the stamp of its read",
        only_when_named: false,
        source: Source::Example {
            package: "wokd",
            example: "lsl_arrival",
            features: "",
            model: false,
            args: &[],
        },
        peer: Some(("pylsl", "crates/xtask/lsl_inlet.py")),
        rows: &[
            ("lsl_arrival_p50", "µs", AtMost(100.0)),
            ("lsl_arrival_p99", "µs", Reported),
        ],
    },
    Bench {
        name: "clocks",
        about: "how well clocks are known on simulated links, beside liblsl and pyxdf on the same",
        only_when_named: true,
        source: Source::Example {
            package: "wok-core",
            example: "clocks",
            features: "",
            model: false,
            args: &["--hand-over", "target/clocks"],
        },
        peer: Some(("liblsl", "crates/xtask/clocks.py")),
        rows: &[
            ("clock_one_sided_w10", "µs", AtMost(8.0)),
            ("clock_one_sided_w100", "µs", AtMost(8.0)),
            ("clock_stamped_w10", "µs", AtMost(9.0)),
            ("clock_stamped_w100", "µs", AtMost(9.0)),
            ("clock_blocks_w10", "µs", AtMost(17.0)),
            ("clock_blocks_w100", "µs", AtMost(17.0)),
            ("clock_gaussian_w10", "µs", Reported),
            ("clock_gaussian_w100", "µs", Reported),
            ("clock_gaussian_w0_to_kalman", "ratio", AtMost(1.05)),
            ("clock_gaussian_w10_to_kalman", "ratio", AtMost(1.05)),
            ("clock_gaussian_w100_to_kalman", "ratio", AtMost(1.05)),
            ("clock_probes_wired", "µs", AtMost(3.0)),
            ("clock_probes_wifi", "µs", AtMost(100.0)),
            ("clock_settled", "s", AtMost(5.0)),
            ("clock_hour_p99", "ms", AtMost(2.0)),
            ("clock_coverage_least", "%", AtLeast(93.0)),
            ("clock_coverage_most", "%", AtMost(97.0)),
            ("clock_sample", "ns", AtMost(100.0)),
        ],
    },
    Bench {
        name: "two-clocks",
        about: "how well the clock of a process is known that libfaketime gave another rate, beside liblsl's inlet",
        only_when_named: true,
        source: Source::Beside {
            example: "two_clocks",
        },
        peer: None,
        rows: &[
            ("two_clocks_even", "µs", Reported),
            ("two_clocks_bare", "µs", Reported),
            ("two_clocks_loaded", "µs", Reported),
            ("two_clocks_wifi", "µs", Reported),
        ],
    },
    Bench {
        name: "build",
        about: "a clean release build, dependencies downloaded beforehand",
        only_when_named: true,
        source: Source::Build,
        peer: None,
        rows: &[("clean_release_build", "s", AtMost(360.0))],
    },
    Bench {
        name: "gpu",
        about: "the model's golden vectors and step on CUDA, batch 1 to 4096",
        only_when_named: true,
        source: Source::Gpu,
        peer: None,
        rows: &[
            ("gpu_model_batch_p50_1", "ms", Reported),
            ("gpu_model_batch_p50_4096", "ms", Reported),
            ("gpu_model_steps_4096", "1/s", Reported),
        ],
    },
];
