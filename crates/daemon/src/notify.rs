//! What systemd is told: ready, status, stopping, and that the daemon still makes progress.

use std::time::Duration;

use sd_notify::NotifyState;

/// The way to systemd; says nothing where there is none.
#[derive(Debug, Clone, Copy)]
pub struct Notifier {
    watchdog: Option<Duration>,
}

impl Notifier {
    /// By the environment of the process; a watchdog meant for another process is not ours.
    #[must_use]
    pub fn from_env() -> Self {
        Self {
            watchdog: sd_notify::watchdog_enabled(),
        }
    }

    /// How often [`Notifier::alive`] is due: half of what systemd allows. `None` without a watchdog.
    #[must_use]
    pub fn watchdog_interval(&self) -> Option<Duration> {
        self.watchdog.map(|time| time / 2)
    }

    /// The model answered its first step and the sources run.
    pub fn ready(&self, status: &str) {
        self.tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    /// What `systemctl status` shows.
    pub fn status(&self, status: &str) {
        self.tell(&[NotifyState::Status(status)]);
    }

    /// A stop was asked for.
    pub fn stopping(&self) {
        self.tell(&[NotifyState::Stopping]);
    }

    /// Every enabled stage makes progress.
    pub fn alive(&self) {
        self.tell(&[NotifyState::Watchdog]);
    }

    fn tell(&self, state: &[NotifyState<'_>]) {
        if let Err(error) = sd_notify::notify(state) {
            tracing::warn!(%error, "systemd could not be told");
        }
    }
}
