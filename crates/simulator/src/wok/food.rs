//! The food: a surface that is pinned at 100 °C while wet, a core, browning and doneness.

use super::{Agitation, Hidden, LATENT, Pool};
use crate::dish::Charge;

/// Share of the food's mass that is its surface layer.
const SHELL: f64 = 0.12;

/// Surface water that counts as running wet, kg per kg of food.
const FILM: f64 = 0.03;

/// Gas constant, J/(mol K).
const GAS: f64 = 8.314;

/// The main food.
#[derive(Debug, Clone)]
pub(crate) struct Food {
    charge: Charge,
    core_tau_s: f64,
    /// Mass added so far, kg.
    pub(crate) kg: f64,
    pub(crate) in_wok: bool,
    pub(crate) surface_c: f64,
    pub(crate) core_c: f64,
    /// Water on the surface, kg.
    pub(crate) film_kg: f64,
    /// Water that can still come out, kg.
    pub(crate) loose_kg: f64,
    pub(crate) vapour_kg_s: f64,
    /// Heat received in this step, J; spent by `step`.
    pub(crate) heat_j: f64,
    /// Browning B, 0–1 (Zanoni 1995).
    pub(crate) browning: f64,
    /// Equivalent seconds at 150 °C.
    pub(crate) dose_s: f64,
    /// Cook value of the core in minutes at 70 °C, z = 10 K.
    pub(crate) cooked_min: f64,
    /// Water evaporated since the start, kg.
    pub(crate) evaporated_kg: f64,
}

impl Food {
    pub(crate) fn new(charge: Charge, ambient_c: f64) -> Food {
        Food {
            core_tau_s: charge.core_tau_s,
            charge,
            kg: 0.0,
            in_wok: false,
            surface_c: ambient_c,
            core_c: ambient_c,
            film_kg: 0.0,
            loose_kg: 0.0,
            vapour_kg_s: 0.0,
            heat_j: 0.0,
            browning: 0.0,
            dose_s: 0.0,
            cooked_min: 0.0,
            evaporated_kg: 0.0,
        }
    }

    /// Adds a share of the charge at its own temperature.
    pub(crate) fn add(&mut self, share: f64) {
        let kg = share * self.charge.kg;
        let old = self.kg / (self.kg + kg);
        let cold = self.charge.celsius;
        self.surface_c = old * self.surface_c + (1.0 - old) * cold;
        self.core_c = old * self.core_c + (1.0 - old) * cold;
        self.browning *= old;
        self.dose_s *= old;
        self.cooked_min *= old;
        self.kg += kg;
        self.film_kg += 0.9 * FILM * kg;
        self.loose_kg += (self.charge.loose_water - 0.9 * FILM).max(0.0) * kg;
        self.in_wok = true;
    }

    /// Slices the cooled food: a thinner path to the core, fresh wet surface.
    pub(crate) fn slice(&mut self, tau_s: f64, ambient_c: f64) {
        self.core_tau_s = tau_s;
        self.core_c = ambient_c + 15.0;
        self.surface_c = self.core_c;
        self.film_kg = 0.7 * FILM * self.kg;
        self.loose_kg =
            (self.charge.loose_water - FILM).max(0.3 * self.charge.loose_water) * self.kg;
    }

    /// Surface wetness 0–1.
    pub(crate) fn wetness(&self) -> f64 {
        if self.kg > 0.0 {
            (self.film_kg / (FILM * self.kg)).min(1.0)
        } else {
            0.0
        }
    }

    /// Share of the releasable water that has left as steam, 0–1.
    pub(crate) fn dryness(&self) -> f64 {
        if self.kg > 0.0 {
            (self.evaporated_kg / (self.charge.loose_water * self.kg)).min(1.0)
        } else {
            0.0
        }
    }

    /// Share of the cooking zone that the food covers at rest.
    pub(crate) fn cover(&self) -> f64 {
        if self.in_wok {
            1.0 - (-self.kg / 0.20).exp()
        } else {
            0.0
        }
    }

    /// Contact conductance with the wall, W/K. h runs 300 → 1100 → 300 W/(m² K) over the boiling
    /// curve (Hubbard & Farkas 1999; Mir-Bel 2012 peaks of 800–2000); the film regime above
    /// ~250 °C takes part of it away again. Pieces touch with about 70 % of what they cover.
    pub(crate) fn contact_w_k(&self, wall_c: f64, cover: f64, oiled: bool) -> f64 {
        const ZONE_M2: f64 = 0.081;
        let boiling = if wall_c < 105.0 {
            0.25
        } else {
            let above = (wall_c - 165.0) / if wall_c < 165.0 { 45.0 } else { 130.0 };
            (-above * above).exp()
        };
        let h = 280.0 + if oiled { 60.0 } else { 0.0 } + 1000.0 * boiling * self.wetness();
        h * ZONE_M2 * 0.7 * (self.cover() * cover).clamp(0.0, 1.0)
    }

    /// Spends the step's heat on temperature and evaporation.
    pub(crate) fn step(&mut self, pool: &mut Pool, dip: f64, ambient_c: f64, dt: f64) {
        let capacity = self.charge.heat_capacity * self.kg;
        let (shell, inner) = (SHELL * capacity, (1.0 - SHELL) * capacity);
        let inward = inner / self.core_tau_s * (self.surface_c - self.core_c);
        let air = 0.6 * (1.0 - dip) * (self.surface_c - ambient_c);
        self.surface_c += (self.heat_j - (inward + air) * dt) / shell;
        self.core_c += inward * dt / inner;
        self.heat_j = 0.0;

        let wet = self.wetness();
        let mut vapour = 0.0;
        if self.surface_c > 100.0 && self.film_kg > 0.0 {
            // While more than a fifth of the film is there, all excess heat boils water; then dry
            // patches take a growing share.
            let excess = (self.surface_c - 100.0) * shell * (wet / 0.2).min(1.0);
            vapour = (excess / LATENT).min(self.film_kg);
            self.surface_c -= vapour * LATENT / shell;
        } else if self.film_kg > 0.0 && dip < 0.5 {
            // Below the boil: about 0.1 g/s from a full load at 90 °C.
            vapour = (1.2e-4 * (0.04 * (self.surface_c - 90.0)).exp() * self.cover() * wet * dt)
                .min(self.film_kg);
            self.surface_c -= vapour * LATENT / shell;
        }
        // Immersed food boils nothing of its own: the liquid around it does.
        self.film_kg -= vapour * (1.0 - dip);
        self.vapour_kg_s = vapour * (1.0 - dip) / dt;
        self.evaporated_kg += vapour * (1.0 - dip);
        if dip > 0.0 && vapour > 0.0 {
            pool.heat_j += vapour * LATENT * dip;
        }

        // A hot core squeezes water out; what the surface cannot hold runs into the wok.
        let squeeze = ((self.core_c - 45.0) / 35.0).clamp(0.0, 1.0);
        let out = self.loose_kg * squeeze / self.charge.release_tau_s * dt;
        self.loose_kg -= out;
        self.film_kg += out;
        let over = self.film_kg - FILM * self.kg;
        if over > 0.0 {
            self.film_kg -= over;
            pool.water_kg += over;
            pool.squeezed_kg += over;
        }
        if dip > 0.05 {
            let soak = ((FILM * self.kg - self.film_kg) * dip * 0.5 * dt).min(pool.water_kg * 0.1);
            self.film_kg += soak;
            pool.water_kg -= soak;
            pool.solids_kg += self.charge.leach_kg_s * dip * squeeze * dt;
        }
        self.cook(dt);
    }

    fn cook(&mut self, dt: f64) {
        if self.core_c > 45.0 {
            // Pork loin cook value, z = 10 K, reference 70 °C (Deng).
            self.cooked_min += 10f64.powf((self.core_c - 70.0) / 10.0) * dt / 60.0;
        }
    }

    /// log₁₀ of the cook value over 0.4 min, −3 to 6.
    pub(crate) fn doneness(&self) -> f64 {
        (self.cooked_min.max(1e-6) / 0.4).log10().clamp(-3.0, 6.0)
    }

    /// Outside the wok the food only cools.
    pub(crate) fn rest(&mut self, ambient_c: f64, dt: f64) {
        self.heat_j = 0.0;
        self.vapour_kg_s = 0.0;
        self.surface_c += (ambient_c - self.surface_c) * dt / 240.0;
        self.core_c += (self.surface_c - self.core_c) * dt / self.core_tau_s;
        if self.kg > 0.0 {
            self.cook(dt);
        }
    }

    /// Browning and Maillard dose of a step. The contact side runs hotter than the mean surface,
    /// the more so the longer the food is left alone.
    pub(crate) fn brown(
        &mut self,
        wall_c: f64,
        dip: f64,
        agitation: Agitation,
        glaze: f64,
        hidden: &Hidden,
        dt: f64,
    ) {
        // The side on the metal dries first; the mean surface may still be wet.
        let dry = 1.0 - 0.6 * self.wetness();
        let lead = (0.60 + 0.30 * agitation.stagnation) * dry.sqrt() * (1.0 - dip);
        let contact_c = self.surface_c + lead * (wall_c - self.surface_c).max(0.0);
        if contact_c < 90.0 {
            return;
        }
        let kelvin = contact_c + 273.15;
        let gate = 0.05 + 0.95 * dry.powf(hidden.gate);
        // Zanoni 1995, fitted on dried crumb at 140–250 °C.
        let k = 42_000.0 * (-64_151.0 / (GAS * kelvin)).exp() * glaze;
        self.browning += gate * k * (1.0 - self.browning) * dt;
        self.dose_s +=
            gate * (-(hidden.activation / GAS) * (1.0 / kelvin - 1.0 / 423.15)).exp() * dt;
    }
}
