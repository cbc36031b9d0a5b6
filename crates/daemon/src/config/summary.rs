//! The configuration as it is in force, defaults included, for people.

use std::fmt;

use wok_core::config::{Protocol, SITES};
use wok_core::time::MS;

use super::{Config, Device, Station};

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "site        {} ({})", self.site.id, self.site.name)?;
        match &self.mqtt {
            Some(mqtt) => {
                write!(
                    f,
                    "mqtt        {}://{}:{}, topics {}/{}/…",
                    if mqtt.tls.is_some() { "mqtts" } else { "mqtt" },
                    mqtt.host,
                    mqtt.port,
                    mqtt.base,
                    self.site.id
                )?;
                match (&mqtt.user, &mqtt.password_file) {
                    (Some(user), Some(_)) => writeln!(f, ", user {user} with a password")?,
                    (Some(user), None) => writeln!(f, ", user {user} without a password")?,
                    _ => writeln!(f)?,
                }
            }
            None => writeln!(
                f,
                "mqtt        none: scores go nowhere but to metrics and the log"
            )?,
        }
        match &self.metrics {
            Some(metrics) => writeln!(f, "metrics     http://{}/metrics", metrics.listen)?,
            None => writeln!(f, "metrics     none")?,
        }
        if let Some(lsl) = &self.lsl {
            let (address, session) = (lsl.address, &lsl.session);
            let what = if lsl.signals {
                "scores, cues and signals"
            } else {
                "scores and cues"
            };
            writeln!(f, "lsl         {what} at {address}, session {session}")?;
        }
        let model = self
            .model
            .path
            .as_ref()
            .map_or("the shipped edition".into(), |path| {
                path.display().to_string()
            });
        writeln!(f, "model       {model}, provider {}", self.model.provider)?;
        let library = self
            .model
            .library
            .as_ref()
            .map_or("looked for".into(), |path| path.display().to_string());
        writeln!(f, "library     {library}")?;
        writeln!(
            f,
            "lateness    {} ms, mains {} Hz",
            self.lateness / MS,
            self.mains_hz
        )?;
        writeln!(
            f,
            "lags        alarmed beyond {} ms",
            self.crossmodal_bound / MS
        )?;
        self.stations
            .iter()
            .try_for_each(|station| write!(f, "{station}"))
    }
}

impl fmt::Display for Station {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dish = self.dish.unwrap_or("an unknown recipe");
        writeln!(f, "station     {} ({}) cooks {dish}", self.id, self.name)?;
        for device in &self.devices {
            writeln!(f, "  {:<11}{device}", device.sensor)?;
            match device.sensor {
                "eeg" => {
                    let wired = SITES
                        .iter()
                        .zip(self.montage)
                        .filter_map(|(site, channel)| {
                            channel
                                .map(|channel| format!("{site}=channel {}", u16::from(channel) + 1))
                        });
                    writeln!(f, "             {}", wired.collect::<Vec<_>>().join(", "))?;
                }
                "thermal" => {
                    let mounting = &self.mounting;
                    let circle = mounting.circle;
                    writeln!(
                        f,
                        "             rotation {:?}, mirror {}, wok at ({:.2}, {:.2}) of the picture with radius {:.2} of its width",
                        mounting.rotation, mounting.mirror, circle.x, circle.y, circle.r,
                    )?;
                    writeln!(
                        f,
                        "             emissivity of the wok {}, assumed by the camera {}, ceiling {} °C",
                        mounting.emissivity_wok, mounting.emissivity_set, mounting.ceiling_celsius,
                    )?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.protocol {
            Protocol::Cyton { daisy, gain } => {
                write!(
                    f,
                    "cyton{}, gain {gain}",
                    if daisy { " with daisy" } else { "" }
                )?;
            }
            Protocol::ThinkGear => write!(f, "thinkgear")?,
            Protocol::Lsl { rate_hz } => write!(f, "lsl, {rate_hz} Hz")?,
            Protocol::GyMcu90640 => write!(f, "gy-mcu90640")?,
            Protocol::Lepton => write!(f, "lepton")?,
            Protocol::InfiRay => write!(f, "infiray")?,
            Protocol::WokLink { sound: true } => write!(f, "woklink with sound")?,
            Protocol::WokLink { sound: false } => write!(f, "woklink")?,
            Protocol::Pcm { rate_hz, channels } => {
                write!(f, "pcm, {rate_hz} Hz, {channels} channel(s)")?
            }
        }
        write!(f, " at {}", self.source.place().display())?;
        if self.latency > 0 {
            write!(f, ", {} ms late", self.latency / MS)?;
        }
        Ok(())
    }
}
