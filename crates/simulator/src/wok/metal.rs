//! The wok's metal: four rings of carbon steel.

/// Outer radius of each ring in metres; the wok measures 0.39 m across (Ko & Hu 2020).
pub(crate) const RING_EDGE_M: [f64; 4] = [0.05, 0.10, 0.15, 0.195];

/// Heat capacity of the whole wok, J/K: 1.4 kg × 490 J/(kg K).
const CAPACITY: f64 = 690.0;

/// Share of the flame that lands on each ring: a ring burner heats between centre and zone edge.
const FLAME: [f64; 4] = [0.10, 0.34, 0.36, 0.20];

/// Projected area of each ring × 1.15 for the curvature, m².
const AREA: [f64; 4] = {
    let mut area = [0.0; 4];
    let mut inner = 0.0;
    let mut i = 0;
    while i < 4 {
        let outer = RING_EDGE_M[i] * RING_EDGE_M[i];
        area[i] = std::f64::consts::PI * (outer - inner) * 1.15;
        inner = outer;
        i += 1;
    }
    area
};

const TOTAL: f64 = AREA[0] + AREA[1] + AREA[2] + AREA[3];
const ZONE: f64 = AREA[0] + AREA[1] + AREA[2];

/// Conductance between neighbouring rings, W/K: 52 W/(m K) × 1.5 mm × 2πr / 5 cm, so that the
/// centre–rim difference of 50–150 K persists.
const LATERAL: [f64; 3] = [0.5, 1.0, 1.5];

/// Temperatures of the rings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metal {
    /// °C from the centre outwards.
    pub(crate) ring_c: [f64; 4],
    /// Heat capacity of the whole wok, J/K.
    capacity: f64,
    /// Energy lost to air and radiation since the start, J.
    pub(crate) lost_j: f64,
}

impl Metal {
    /// A wok at room temperature with so many times the usual heat capacity.
    pub(crate) fn new(ambient_c: f64, factor: f64) -> Metal {
        Metal {
            ring_c: [ambient_c; 4],
            capacity: factor * CAPACITY,
            lost_j: 0.0,
        }
    }

    /// Mean temperature of the cooking zone (r < 15 cm), °C.
    pub(crate) fn zone_c(&self) -> f64 {
        (AREA[0] * self.ring_c[0] + AREA[1] * self.ring_c[1] + AREA[2] * self.ring_c[2]) / ZONE
    }

    /// Heat content above 0 °C, J.
    #[cfg(test)]
    pub(crate) fn content_j(&self) -> f64 {
        (0..4)
            .map(|i| self.capacity * AREA[i] / TOTAL * self.ring_c[i])
            .sum()
    }

    /// One step: `burner_w` in, `contact_w` out of the cooking zone into oil, food and liquid.
    pub(crate) fn step(&mut self, burner_w: f64, contact_w: f64, ambient_c: f64, dt: f64) {
        let air = ambient_c + 273.15;
        let zone_c = self.zone_c();
        let mut flow = [0.0; 4];
        for i in 0..3 {
            let q = LATERAL[i] * (self.ring_c[i] - self.ring_c[i + 1]);
            flow[i] -= q;
            flow[i + 1] += q;
        }
        for i in 0..4 {
            let kelvin = self.ring_c[i] + 273.15;
            // Both faces lose heat; the fired one less, hence 1.3 and not 2. h = 24 W/(m² K) of
            // moving kitchen air. With 2.5 kW net this settles at 350–400 °C.
            let loss = 1.3
                * AREA[i]
                * (24.0 * (kelvin - air) + 0.85 * 5.67e-8 * (kelvin.powi(4) - air.powi(4)));
            let mut net = flow[i] + burner_w * FLAME[i] - loss;
            if i < 3 {
                // Contact leaves the rings by area, the hotter ones giving more.
                let hotter = 1.0 + 0.004 * (self.ring_c[i] - zone_c);
                net -= contact_w * AREA[i] / ZONE * hotter;
            }
            self.lost_j += loss * dt;
            self.ring_c[i] += net * dt / (self.capacity * AREA[i] / TOTAL);
        }
    }
}
