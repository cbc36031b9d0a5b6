//! A camera's frames: checked, cropped to the model's picture, and held.

use super::Held;
use crate::dsp::thermal::{Check, Crop, Mounting};
use crate::time::HostTime;
use crate::verdict::DropReason;

/// The frames of one camera, as it is mounted.
pub(super) struct Thermal {
    pub(super) held: Held,
    mounting: Mounting,
    /// Made for the camera's size when its first frame comes.
    view: Option<View>,
}

struct View {
    size: (usize, usize),
    crop: Crop,
    check: Check,
}

impl Thermal {
    pub(super) fn new(held: Held, mounting: Mounting) -> Self {
        Self {
            held,
            mounting,
            view: None,
        }
    }

    /// Checks and crops a frame, °C row by row, and holds it for the hops to come.
    pub(super) fn take(&mut self, tick: u64, read_at: HostTime, width: usize, celsius: &[f32]) {
        let height = celsius.len().checked_div(width).unwrap_or(0);
        let size = (width, height);
        if self.view.as_ref().is_none_or(|view| view.size != size) {
            self.view = View::new(size, &self.mounting);
        }
        let at = self.held.time_of(tick, read_at);
        if let Some(view) = &mut self.view
            && width * height == celsius.len()
            && view.check.look(celsius).is_ok()
        {
            // The view was made for this very size.
            self.held
                .push(at, |out| view.crop.apply(celsius, out).unwrap_or_default());
            return;
        }
        self.held.account.taken += 1;
        self.held.account.drop_samples(DropReason::Invalid, 1);
    }
}

impl View {
    /// `None` for a picture without pixels or of an absurd size.
    fn new(size: (usize, usize), mounting: &Mounting) -> Option<Self> {
        let (width, height) = (u16::try_from(size.0).ok()?, u16::try_from(size.1).ok()?);
        (width > 0 && height > 0).then(|| Self {
            size,
            crop: Crop::new(mounting, width, height),
            check: Check::new(size.0 * size.1, mounting.ceiling_celsius),
        })
    }
}
