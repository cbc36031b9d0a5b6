//! Steam between the wok and the camera, and the fog on its lens.

/// Optical depth of the steam and of the lens film.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Steam {
    /// Evaporation rate with the plume's own lag of 0.4 s, kg/s.
    pub(crate) plume_kg_s: f64,
    /// Optical depth of the film on the lens.
    pub(crate) fog: f64,
}

impl Steam {
    pub(crate) fn step(&mut self, vapour_kg_s: f64, lid: bool, dt: f64) {
        let free = if lid { 0.3 * vapour_kg_s } else { vapour_kg_s };
        self.plume_kg_s += (free - self.plume_kg_s) * (dt / 0.4);
        // The film settles towards the plume within ~15 s and dries within ~40 s.
        let target = 90.0 * self.plume_kg_s;
        let tau = if target > self.fog { 15.0 } else { 40.0 };
        self.fog += (target - self.fog) * dt / tau;
    }
}
