//! The mounting: how a thermal camera hangs over its wok.

use wok_core::config::Protocol;
use wok_core::dsp::thermal::{Circle, Mounting, Rotation};

use super::reader::{Spot, Table};

/// A camera's picture: width, height, horizontal field of view in degrees, and the °C from which on a
/// reading is only a lower bound (MLX90640 data sheet, FLIR Lepton data sheet for high gain, Topdon TC001 manual).
fn camera(protocol: Protocol) -> (u16, u16, f64, f64) {
    match protocol {
        Protocol::Lepton => (160, 120, 57.0, 140.0),
        Protocol::InfiRay => (256, 192, 56.0, 150.0),
        _ => (32, 24, 55.0, 295.0),
    }
}

/// How the camera hangs, and the emissivity it is to be told, if that was said.
#[expect(
    clippy::cast_possible_truncation,
    reason = "angles, pixels and degrees are small"
)]
pub(super) fn read(section: &Table<'_>, protocol: Protocol) -> (Mounting, Option<f64>) {
    let (mut width, mut height, usual_view, usual_ceiling) = camera(protocol);
    if matches!(protocol, Protocol::WokLink { .. } | Protocol::Lepton)
        && let Some(Spot { value: [w, h], .. }) =
            section.numbers::<2>("pixels", 8.0..=640.0, "[width, height] of the picture")
    {
        (width, height) = (w as u16, h as u16);
    }
    let by_default = Mounting::default();
    let rotation = section.integer_of("rotation", &[0, 90, 180, 270]);
    let mirror = section.flag("mirror");
    let wok = section.number("emissivity", 0.05..=1.0);
    let assumed = section
        .number("camera_emissivity", 0.05..=1.0)
        .map(|spot| spot.value);
    let ceiling = section.number("ceiling_celsius", 50.0..=1000.0);
    let meaning = "[x, y, radius] in pixels of the camera";
    let circle = section.numbers::<3>("circle", 0.0..=512.0, meaning);
    let view = section.number("field_of_view", 10.0..=170.0);
    let above = section.number("height_m", 0.1..=3.0);
    let across = section.number("wok_diameter_m", 0.1..=1.5);

    let circle = match circle {
        Some(spot) => {
            if let Some(place) = [&view, &above, &across].into_iter().flatten().next() {
                let what = "[station.thermal] has both `circle` and what it would be reckoned from";
                section.problem(
                    &place.at,
                    what,
                    "keep `circle`, or keep field_of_view, height_m and wok_diameter_m",
                );
            }
            let [x, y, r] = spot.value;
            let circle = Circle::from_pixels(x as f32, y as f32, r as f32, width, height);
            if !circle.is_sound() {
                let remedy =
                    format!("its centre must lie in the picture of {width} by {height} pixels");
                section.problem(&spot.at, format!("`circle` is {:?}", spot.value), remedy);
            }
            circle
        }
        // The wok as a disc of that width, seen from that height in the middle of the picture.
        None => {
            let value = |spot: Option<Spot<f64>>, usual| spot.map_or(usual, |spot| spot.value);
            let half_view = (value(view, usual_view) / 2.0).to_radians();
            let r = value(across, 0.39) / (4.0 * value(above, 0.5) * half_view.tan());
            Circle {
                r: r.clamp(0.02, 2.0) as f32,
                ..by_default.circle
            }
        }
    };
    let mounting = Mounting {
        rotation: rotation
            .and_then(|spot| Rotation::from_degrees(spot.value))
            .unwrap_or(by_default.rotation),
        mirror: mirror.unwrap_or(by_default.mirror),
        circle,
        emissivity_set: assumed.map_or(by_default.emissivity_set, |assumed| assumed as f32),
        emissivity_wok: wok.map_or(by_default.emissivity_wok, |wok| wok.value as f32),
        ceiling_celsius: ceiling.map_or(usual_ceiling, |ceiling| ceiling.value) as f32,
    };
    (mounting, assumed)
}
