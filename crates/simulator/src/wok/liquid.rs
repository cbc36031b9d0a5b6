//! Liquid in the wok (water, sauce, broth) and aromatics in the oil.

use super::LATENT;

/// Liquid with dissolved solids.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    pub(crate) water_kg: f64,
    pub(crate) solids_kg: f64,
    pub(crate) celsius: f64,
    pub(crate) vapour_kg_s: f64,
    /// Heat received in this step, J; spent by `step`.
    pub(crate) heat_j: f64,
    /// Liquid poured since the last drain, kg.
    pub(crate) poured_kg: f64,
    /// Water the food gave off since the last drain, kg.
    pub(crate) squeezed_kg: f64,
    pub(crate) evaporated_kg: f64,
}

impl Pool {
    pub(crate) fn new(ambient_c: f64) -> Pool {
        Pool {
            water_kg: 0.0,
            solids_kg: 0.0,
            celsius: ambient_c,
            vapour_kg_s: 0.0,
            heat_j: 0.0,
            poured_kg: 0.0,
            squeezed_kg: 0.0,
            evaporated_kg: 0.0,
        }
    }

    pub(crate) fn pour(&mut self, water_kg: f64, solids_kg: f64, celsius: f64) {
        let (old, new) = (self.water_kg + self.solids_kg, water_kg + solids_kg);
        self.celsius = (old * self.celsius + new * celsius) / (old + new).max(1e-9);
        self.water_kg += water_kg;
        self.solids_kg += solids_kg;
        self.poured_kg += new;
    }

    pub(crate) fn drain(&mut self) {
        self.water_kg = 0.0;
        self.solids_kg = 0.0;
        self.poured_kg = 0.0;
        self.squeezed_kg = 0.0;
        self.vapour_kg_s = 0.0;
    }

    /// How far food lies in the liquid, 0–1.
    pub(crate) fn dip(&self) -> f64 {
        let depth = self.water_kg * self.water_kg;
        depth / (depth + 0.06 * 0.06)
    }

    /// Mass fraction of solids.
    pub(crate) fn solids(&self) -> f64 {
        let total = self.water_kg + self.solids_kg;
        if total > 1e-6 && self.poured_kg > 0.0 {
            self.solids_kg / total
        } else {
            0.0
        }
    }

    /// Liquid left over liquid poured.
    pub(crate) fn fraction(&self) -> f64 {
        if self.poured_kg > 0.0 {
            (self.water_kg + self.solids_kg) / self.poured_kg
        } else {
            0.0
        }
    }

    /// Boiling point, °C: 65 % solids ≈ 104.5, 80 % ≈ 112 (sugar syrups).
    pub(crate) fn boiling_c(&self) -> f64 {
        let s = self.solids();
        100.0 + 4.5 * (s / 0.65).powi(5)
    }

    /// Conductance from the wall, W/K: nucleate boiling over the wetted part of the zone.
    pub(crate) fn wall_w_k(&self, wall_c: f64) -> f64 {
        if self.water_kg < 1e-5 {
            return 0.0;
        }
        // Below the boil free convection, above it nucleate boiling; beyond ~220 °C vapour films
        // (Leidenfrost 190–300 °C, finish-dependent).
        let h = if wall_c < 102.0 {
            900.0
        } else if wall_c < 180.0 {
            2600.0
        } else {
            2600.0 - 1500.0 * ((wall_c - 180.0) / 80.0).min(1.0)
        };
        h * 0.07 * self.water_kg / (self.water_kg + 0.05)
    }

    pub(crate) fn step(&mut self, lid: bool, ambient_c: f64, dt: f64) {
        if self.water_kg < 1e-5 {
            self.heat_j = 0.0;
            self.vapour_kg_s = 0.0;
            return;
        }
        let capacity = 4180.0 * self.water_kg + 1800.0 * self.solids_kg;
        let surface = self.water_kg / (self.water_kg + 0.05);
        self.celsius += (self.heat_j - 0.5 * surface * (self.celsius - ambient_c) * dt) / capacity;
        self.heat_j = 0.0;
        let boiling = self.boiling_c();
        let mut vapour;
        if self.celsius > boiling {
            vapour = ((self.celsius - boiling) * capacity / LATENT).min(self.water_kg);
        } else {
            // A quiet surface at 97 °C gives about 0.06 g/s from a wok; the lid keeps most.
            let open = if lid { 0.25 } else { 1.0 };
            vapour = (6e-5 * open * surface * (0.037 * (self.celsius - 97.0)).exp() * dt)
                .min(self.water_kg);
        }
        self.celsius -= vapour * LATENT / capacity;
        if lid {
            // The lid sheds about 150 W and returns that much condensate.
            let returned = vapour.min(150.0 / LATENT * dt);
            vapour -= returned;
        }
        self.water_kg -= vapour;
        self.evaporated_kg += vapour;
        self.vapour_kg_s = vapour / dt;
    }
}

/// Aromatics that bloom in the oil: they sizzle while they hold water, then they scorch.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Aromatics {
    pub(crate) kg: f64,
    pub(crate) water_kg: f64,
    pub(crate) vapour_kg_s: f64,
    /// Flavour given to the oil, 0–1.
    pub(crate) bloom: f64,
    /// Burnt share, 0–1.
    pub(crate) scorch: f64,
}

impl Aromatics {
    pub(crate) fn add(&mut self, kg: f64) {
        self.scorch *= self.kg / (self.kg + kg);
        self.kg += kg;
        self.water_kg += 0.6 * kg;
    }

    /// Share of their water that is gone, 0–1.
    pub(crate) fn softened(&self) -> f64 {
        if self.kg > 0.0 {
            1.0 - (self.water_kg / (0.6 * self.kg)).min(1.0)
        } else {
            0.0
        }
    }

    /// One step in oil of this temperature; returns the heat taken from the oil, W.
    pub(crate) fn step(&mut self, oil_c: f64, dt: f64) -> f64 {
        if self.kg <= 0.0 {
            return 0.0;
        }
        self.vapour_kg_s = 0.0;
        if oil_c < 100.0 {
            return 0.0;
        }
        // Surface water leaves with τ of 5–15 s around 150 °C.
        let out = (self.water_kg * (oil_c - 100.0) / 50.0 / 11.0 * dt).min(self.water_kg);
        self.water_kg -= out;
        self.vapour_kg_s = out / dt;
        let dry = self.softened();
        self.bloom += (1.0 - self.bloom) * ((oil_c - 145.0) / 25.0).min(1.5).exp() / 25.0 * dt;
        // Above 170 °C they scorch, the drier the faster.
        let hot = ((oil_c - 170.0) / 18.0).clamp(0.0, 4.0);
        self.scorch += (1.0 - self.scorch) * hot * dry * dry / 30.0 * dt;
        self.vapour_kg_s * LATENT
    }
}
