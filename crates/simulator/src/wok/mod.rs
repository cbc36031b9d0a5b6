//! The physics of the wok: metal rings, oil, food, liquid, aromatics and steam, stepped at 20 Hz.
//!
//! Lumped heat balances after `Cᵢ Ṫᵢ = ηP gᵢ − losses − contact + conduction`; the food's surface
//! and the liquid are pinned at their boiling points while wet (ṁ = q / 2.26 MJ/kg). Constants are
//! at their use. The model is one-dimensional where it can be: it is to be plausible to sensors
//! and quick, not to predict a kitchen.

mod food;
mod liquid;
mod metal;
mod steam;

pub(crate) use food::Food;
pub(crate) use liquid::{Aromatics, Pool};
pub(crate) use metal::{Metal, RING_EDGE_M};
pub(crate) use steam::Steam;

use crate::dish::{Act, Charge};
use crate::rng::Dice;

/// Physics step in seconds.
pub(crate) const STEP_S: f64 = 0.05;

/// Latent heat of water, J/kg.
pub(crate) const LATENT: f64 = 2.26e6;

/// What a cook draws that no sensor shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hidden {
    /// Net burner power at full flame, W (2–3 kW net: GB 16410-2020 burners ≤ 5.23 kW, η 0.5–0.65).
    pub(crate) burner_w: f64,
    /// Kitchen air, °C.
    pub(crate) ambient_c: f64,
    /// Maillard activation energy, J/mol (64–184 kJ/mol: Zanoni 1995, van Boekel 2001).
    pub(crate) activation: f64,
    /// Exponent of the drying gate of browning.
    pub(crate) gate: f64,
    /// Emissivity of the wall (Trotec/Beta tables; seasoned and oiled 0.80–0.95).
    pub(crate) emissivity: f64,
    /// Exponent n of the sizzle's level over the evaporation rate, 1–2.
    pub(crate) spl_exponent: f64,
    /// Load factor of the food.
    pub(crate) load: f64,
    /// Load factor of the liquid.
    pub(crate) liquid_load: f64,
    /// Factor on durations.
    pub(crate) pace: f64,
    /// Factor on the wok's heat capacity.
    pub(crate) wok: f64,
}

impl Hidden {
    pub(crate) fn draw(dice: &mut Dice, flawless: bool) -> Hidden {
        let drawn = Hidden {
            burner_w: dice.normal_clipped(2600.0, 180.0),
            ambient_c: dice.between(20.0, 32.0),
            activation: dice.between(80e3, 140e3),
            gate: dice.between(1.2, 3.0),
            emissivity: dice.between(0.80, 0.95),
            spl_exponent: dice.between(1.0, 2.0),
            load: dice.between(0.7, 1.3),
            liquid_load: dice.between(0.8, 1.2),
            pace: dice.between(0.8, 1.2),
            wok: 1.0,
        };
        if !flawless {
            return drawn;
        }
        Hidden {
            burner_w: 2500.0,
            activation: 110e3,
            gate: 2.0,
            load: 1.0,
            liquid_load: 1.0,
            pace: 1.0,
            ..drawn
        }
    }
}

/// Oil in the wok.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Oil {
    pub(crate) kg: f64,
    pub(crate) celsius: f64,
}

impl Oil {
    /// Radius of its puddle in the bowl, m: a cap of volume V in a sphere of radius R has r⁴ = 4RV/π;
    /// R = 0.21 m for a wok of 0.39 × 0.13 m (Ko & Hu 2020), oil 920 kg/m³.
    pub(crate) fn puddle_m(&self) -> f64 {
        (4.0 * 0.21 * self.kg / 920.0 / std::f64::consts::PI).powf(0.25)
    }
}

/// Sugar in the oil: 160 °C melt, 170 gold, 180 amber, above 200 burnt (caramel stages).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Caramel {
    pub(crate) grams: f64,
    /// 1 = amber, 2 = burnt.
    pub(crate) degree: f64,
    done: bool,
}

/// How the food is moved during a step.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Agitation {
    /// Cover of the cooking zone by food relative to rest (1 ± 0.3 while tossing).
    pub(crate) cover: f64,
    /// 0 (just moved) to 1 (left alone for long): how far the contact side is on its own.
    pub(crate) stagnation: f64,
}

/// The wok and what is in it.
#[derive(Debug, Clone)]
pub(crate) struct Wok {
    pub(crate) hidden: Hidden,
    pub(crate) metal: Metal,
    pub(crate) oil: Oil,
    pub(crate) food: Food,
    pub(crate) pool: Pool,
    pub(crate) aromatics: Aromatics,
    pub(crate) caramel: Caramel,
    pub(crate) steam: Steam,
    pub(crate) lid: bool,
    /// Power into the metal, W.
    pub(crate) burner_w: f64,
    glaze: f64,
}

impl Wok {
    pub(crate) fn new(hidden: Hidden, charge: Charge, glaze: f64) -> Wok {
        Wok {
            hidden,
            metal: Metal::new(hidden.ambient_c, hidden.wok),
            oil: Oil {
                kg: 0.0,
                celsius: hidden.ambient_c,
            },
            food: Food::new(charge, hidden.ambient_c),
            pool: Pool::new(hidden.ambient_c),
            aromatics: Aromatics::default(),
            caramel: Caramel::default(),
            steam: Steam::default(),
            lid: false,
            burner_w: 0.0,
            glaze,
        }
    }

    /// Puts something in or takes it out.
    pub(crate) fn act(&mut self, act: Act) {
        match act {
            Act::Oil(grams) => {
                let kg = grams * 1e-3;
                let total = self.oil.kg + kg;
                self.oil.celsius =
                    (self.oil.kg * self.oil.celsius + kg * self.hidden.ambient_c) / total;
                self.oil.kg = total;
            }
            Act::Aromatics(grams) => self.aromatics.add(grams * 1e-3),
            Act::Food(share) => self.food.add(share * self.hidden.load),
            Act::TakeOut => self.food.in_wok = false,
            Act::PutBack => {
                self.food.in_wok = true;
                self.caramel.done = true;
            }
            Act::Slice(tau_s) => self.food.slice(tau_s, self.hidden.ambient_c),
            Act::Liquid(grams, solids, celsius) => {
                let scale = self.hidden.liquid_load * 1e-3;
                self.caramel.done = true;
                self.pool
                    .pour((grams - solids) * scale, solids * scale, celsius);
            }
            Act::Drain => self.pool.drain(),
            Act::Sugar(grams) => {
                self.caramel.grams += grams;
                self.caramel.done = false;
            }
        }
    }

    /// One step of [`STEP_S`] seconds with a flame of `flame` × the full burner.
    pub(crate) fn step(&mut self, flame: f64, agitation: Agitation) {
        let dt = STEP_S;
        let h = self.hidden;
        // The metal feels a turned knob within half a second.
        self.burner_w += (flame * h.burner_w - self.burner_w) * (dt / 0.5);
        let zone_c = self.metal.zone_c();
        let mut from_zone = 0.0;

        // Oil: a thin layer on the metal, wetting more of it the more there is.
        if self.oil.kg > 0.0 {
            let wetting = (self.oil.kg / 0.04).sqrt();
            let from_wall = 22.0 * wetting * (zone_c - self.oil.celsius);
            let to_air = 1.2 * wetting * (self.oil.celsius - h.ambient_c);
            let to_food = if self.food.in_wok {
                10.0 * self.food.cover() * (self.oil.celsius - self.food.surface_c)
            } else {
                0.0
            };
            let to_pool = 40.0 * self.pool.dip() * (self.oil.celsius - self.pool.celsius);
            let to_aromatics = self.aromatics.step(self.oil.celsius, dt);
            let net = from_wall - to_air - to_food - to_pool - to_aromatics;
            self.oil.celsius += net * dt / (self.oil.kg * 2000.0);
            self.food.heat_j += to_food * dt;
            self.pool.heat_j += to_pool * dt;
            from_zone += from_wall;
        }
        self.caramel_step(dt);

        let dip = self.pool.dip();
        if self.food.in_wok && self.food.kg > 0.0 {
            let contact = self
                .food
                .contact_w_k(zone_c, agitation.cover, self.oil.kg > 0.0)
                * (1.0 - 0.85 * dip);
            let from_wall = contact * (zone_c - self.food.surface_c);
            let from_pool = 45.0 * dip * (self.pool.celsius - self.food.surface_c);
            self.food.heat_j += (from_wall + from_pool) * dt;
            self.pool.heat_j -= from_pool * dt;
            from_zone += from_wall;
            self.food.step(&mut self.pool, dip, h.ambient_c, dt);
            self.food.brown(zone_c, dip, agitation, self.glaze, &h, dt);
        } else {
            self.food.rest(h.ambient_c, dt);
        }

        let from_wall = self.pool.wall_w_k(zone_c) * (zone_c - self.pool.celsius);
        self.pool.heat_j += from_wall * dt;
        from_zone += from_wall;
        self.pool.step(self.lid, h.ambient_c, dt);

        self.metal.step(self.burner_w, from_zone, h.ambient_c, dt);
        let vapour = self.food.vapour_kg_s + self.pool.vapour_kg_s + self.aromatics.vapour_kg_s;
        self.steam.step(vapour, self.lid, dt);
    }

    /// Sugar browns in the oil: one amber per 8 s at 178 °C, faster by e per 9 K (fitted by hand to
    /// the caramel stages).
    fn caramel_step(&mut self, dt: f64) {
        let c = &mut self.caramel;
        if c.grams > 0.0 && !c.done {
            let rate = ((self.oil.celsius - 178.0) / 9.0).min(6.0).exp() / 8.0;
            c.degree = (c.degree + rate * dt).min(3.0);
        }
    }

    /// Bitterness beyond browning: burnt sugar and scorched aromatics, 0–1.
    pub(crate) fn bitterness(&self) -> f64 {
        ((self.caramel.degree - 1.3).max(0.0) * 0.4 + self.aromatics.scorch).min(1.0)
    }

    /// Oil temperature, the wall's while there is no oil, °C.
    pub(crate) fn oil_c(&self) -> f64 {
        if self.oil.kg > 0.0 {
            self.oil.celsius
        } else {
            self.metal.zone_c()
        }
    }
}

#[cfg(test)]
mod tests;
