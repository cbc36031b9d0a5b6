//! `wokd align`: how much later each sensor is than the sound, by tosses or by three knocks of the ladle,
//! and the `latency_ms` that would put it right.

mod listen;
mod offer;

use std::path::PathBuf;
use std::process::ExitCode;

use wok_core::crossmodal::{LEAST_KNOCKS, Lag, Lags, Pair, Unknown};
use wok_core::verdict::StreamKind;

use crate::app::Error;
use crate::cli::say::{complain, say};
use crate::config::{Config, Station};
use offer::Offer;

/// Options of `wokd align`.
///
/// Ends with 0 when the lag of every sensor was found, 1 when not, 78 for a configuration or a recording
/// with which it cannot be.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration
    file: PathBuf,
    /// By three knocks of the ladle on the wok's rim; without it, by tosses
    ///
    /// Strike the rim of the warm, empty wok hard, three to six times, about a second apart, with three
    /// seconds of stillness before and after.
    #[arg(long)]
    clap: bool,
    /// Read a recording (`wokd run --record`) of this configuration instead of the sensors
    #[arg(long, value_name = "LOG")]
    from: Option<PathBuf>,
    /// Write the latencies into the configuration; comments stay
    #[arg(long)]
    write: bool,
    /// Wait so many seconds at most
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(5..=3600))]
    seconds: u32,
}

/// What was found out about one station.
#[derive(Debug, Clone, Copy, Default)]
struct Heard {
    /// Knocks that counted; 0 by tosses.
    knocks: u32,
    lags: Lags,
}

impl Heard {
    /// Whether every lag of a station with these sensors is known.
    fn is_known(&self, station: &Station) -> bool {
        pairs(station).all(|pair| self.lags.of(pair).known().is_some())
    }

    /// Whether nothing more is to be had for a station with these sensors.
    fn is_enough(&self, station: &Station) -> bool {
        let exact = if self.knocks > 0 {
            BY_KNOCKS
        } else {
            BY_TOSSES
        };
        pairs(station).all(|pair| {
            let known = self.lags.of(pair).known();
            known.is_some_and(|lag| lag.half() < exact)
        })
    }
}

/// A lag that is known so exactly, seconds to either side, is known well enough: no row of knocks tells EEG
/// to better than 0.04 and a camera than 0.07.
const BY_KNOCKS: f64 = 0.085;
const BY_TOSSES: f64 = 0.02;

/// Runs `wokd align`: 0 when the lag of every sensor was found, 1 when it was not, 78 for a configuration
/// with which it cannot be.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let config = match super::check::load(&args.file) {
        Ok(config) => config,
        Err(code) => return code,
    };
    match align(args, &config) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain!("wokd align: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn align(args: &Args, config: &Config) -> Result<bool, Error> {
    if !config
        .stations
        .iter()
        .any(|station| pairs(station).next().is_some())
    {
        return Err(Error::Config(
            "no station has a microphone and another sensor: knocks and tosses are timed by their sound".into(),
        ));
    }
    let recorded = args.from.is_some();
    let (then, heard) = match &args.from {
        Some(log) => listen::recorded(config, log, args.clap)?,
        None => {
            say!("{}", if args.clap { KNOCK } else { TOSS });
            let heard = listen::live(config, args.clap, args.seconds)?;
            (config.stations.clone(), heard)
        }
    };
    let mut whole = true;
    let mut offers = Vec::new();
    for ((station, then), heard) in config.stations.iter().zip(&then).zip(&heard) {
        whole &= heard.is_known(station);
        // A single sensor may have taken a cook's clang for a knock; two do not agree on that.
        let sure = !args.clap || heard.is_known(station);
        let of_station = if sure {
            offer::offers(station, then, &heard.lags)
        } else {
            Vec::new()
        };
        tell(station, heard, (args.clap, recorded), &of_station);
        offers.extend(of_station);
    }
    if let Some(far) = offers.iter().find(|offer| !offer.is_allowed()) {
        say!(
            "that is more than a latency may be{far}; look at that sensor's clock and cable first"
        );
        whole = false;
    } else if offers.is_empty() {
        say!("nothing to change");
    } else if args.write {
        offer::write(config, &offers).map_err(Error::Config)?;
        let rest = if whole {
            ""
        } else {
            ", but not every sensor is known"
        };
        say!(
            "wrote that into {}{rest}; the daemon reads it when it starts",
            args.file.display()
        );
    } else {
        say!("`--write` would put these into {}", args.file.display());
    }
    Ok(whole)
}

const KNOCK: &str = "Strike the rim of the warm, empty wok with the ladle, hard, three times, about a second apart; \
then keep still for three seconds. Do it again until every sensor is named. Ctrl-C ends it.";
const TOSS: &str = "Toss food in the wok, in bouts of five tosses or more with a pause between, for about a minute. Ctrl-C ends it.";

/// The pairs of a station's streams that its sound can time.
fn pairs(station: &Station) -> impl Iterator<Item = Pair> {
    let id = |stream| offer::device(station, stream).map(|device| device.id);
    let sound = id(StreamKind::Audio);
    // A camera that has the sound too has one latency for both.
    let apart = move |pair: &Pair| {
        let other = id(pair.streams().0);
        sound.is_some() && other.is_some() && other != sound
    };
    [Pair::EegAudio, Pair::ThermalAudio]
        .into_iter()
        .filter(apart)
}

/// What was found, for people.
fn tell(station: &Station, heard: &Heard, (clap, recorded): (bool, bool), offers: &[Offer]) {
    let by = if clap {
        format!("{} knocks", heard.knocks)
    } else {
        "tosses".to_owned()
    };
    say!("{} ({}), by {by}:", station.id, station.name);
    for pair in pairs(station) {
        let stream = pair.streams().0;
        let found = words(heard.lags.of(pair), clap, recorded);
        let offer = offers.iter().find(|offer| offer.stream == stream);
        say!(
            "  {:<8} {found}{}",
            stream.as_str(),
            offer.map_or(String::new(), Offer::to_string)
        );
    }
    // Where a latency would have been negative, the sound is made later instead.
    for offer in offers
        .iter()
        .filter(|offer| offer.stream == StreamKind::Audio)
    {
        say!("  audio    what all are measured against{offer}");
    }
}

fn words(lag: &Lag, clap: bool, recorded: bool) -> String {
    let ms = |seconds: f64| format!("{:.0}", seconds.abs() * 1e3);
    match lag {
        Lag::Known(lag) if lag.low <= 0.0 && lag.high >= 0.0 => {
            format!(
                "agrees with the sound to ±{} ms",
                ms(lag.half() + lag.seconds.abs())
            )
        }
        Lag::Known(lag) => {
            let way = if lag.seconds > 0.0 {
                "later"
            } else {
                "earlier"
            };
            format!(
                "{} ±{} ms {way} than the sound",
                ms(lag.seconds),
                ms(lag.half())
            )
        }
        Lag::Ambiguous if recorded => {
            "fits several lags about as well; record more, with knocks in a still kitchen"
                .to_owned()
        }
        Lag::Ambiguous => "fits several lags about as well; once more".to_owned(),
        Lag::Unknown(why) => match why {
            Unknown::NoStream => {
                "not there, or there is no sound; look at `wokd doctor`".to_owned()
            }
            Unknown::TooFew if clap => format!("no row of {LEAST_KNOCKS} knocks was heard"),
            Unknown::TooFew => "too little was tossed".to_owned(),
            Unknown::TooSlow => "has too few pictures a second for tosses; try `--clap`".to_owned(),
            Unknown::NotSeen if clap => {
                "shows nothing of the knocks; harder, or with the wok warmer".to_owned()
            }
            Unknown::NotSeen => {
                "shows nothing of the tosses; look at its fit, or its aim".to_owned()
            }
        },
    }
}
