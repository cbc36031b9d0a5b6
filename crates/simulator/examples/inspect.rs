//! Decodes one simulated cook and prints what the sensors say beside the truth, a line per ten
//! seconds: `cargo run --release -p wok-simulator --example inspect [DISH] [SEED]`.

use firmware_interfaces::{cyton, gy_mcu90640};
use wok_simulator::{Config, DISHES, Device, Dish, HOP_S, Rig};

#[derive(Default)]
struct Window {
    audio: Vec<f32>,
    eeg: [Vec<f32>; 8],
    pixels: (f32, f32, f32),
    frames: f32,
}

fn rms(values: &[f32]) -> f32 {
    let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len().max(1) as f32).sqrt()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let dish = arguments
        .next()
        .and_then(|id| Dish::from_id(&id))
        .unwrap_or(DISHES[0]);
    let seed = arguments
        .next()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1);
    let mut rig = Rig::new(Config::new(dish, seed));
    let (mut eeg, mut camera) = (cyton::Decoder::new(), gy_mcu90640::Decoder::new());
    let mut window = Window::default();
    let mut next_s = 10.0;
    while let Some(emission) = rig.next() {
        let at_s = emission.at_ns as f64 * 1e-9;
        match emission.device {
            Device::Headset => eeg.push(emission.bytes, |item| {
                if let cyton::Item::Packet(packet) = item {
                    for (channel, &count) in window.eeg.iter_mut().zip(&packet.channels) {
                        channel.push(cyton::microvolts(count, 24));
                    }
                }
            }),
            Device::Camera => camera.push(emission.bytes, |item| {
                if let gy_mcu90640::Item::Frame(frame) = item {
                    let pixels = frame.unmirrored();
                    let centre = (8..16)
                        .flat_map(|y| (12..20).map(move |x| y * 32 + x))
                        .map(|i| f32::from(pixels[i]) * 0.01)
                        .sum::<f32>()
                        / 64.0;
                    let highest = pixels.iter().copied().max().map_or(0.0, f32::from) * 0.01;
                    window.pixels.0 += centre;
                    window.pixels.1 += highest;
                    window.pixels.2 += f32::from(pixels[0]) * 0.01;
                    window.frames += 1.0;
                }
            }),
            Device::Microphone => window.audio.extend(
                emission
                    .bytes
                    .chunks_exact(2)
                    .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0),
            ),
        }
        if at_s < next_s {
            continue;
        }
        let hop = rig.truth().hops[((next_s / HOP_S) as usize).min(rig.truth().hops.len()) - 1];
        let clipped = window.audio.iter().filter(|v| v.abs() > 0.999).count();
        let high: Vec<f32> = window.audio.windows(2).map(|w| w[1] - w[0]).collect();
        let n = window.frames.max(1.0);
        println!(
            "{next_s:5.0} {:8} wall {:4.0} food {:4.0} wet {:.2} | centre {:5.1} max {:5.1} corner \
             {:4.1} | audio {:6.1} dB high {:6.1} dB clipped {clipped:4} | Fp1 {:5.1} C3 {:5.1} O1 \
             {:5.1} µV | att {:.2} toss {:.1}",
            hop.phase.name(),
            hop.wall_c,
            hop.food_surface_c,
            hop.moisture,
            window.pixels.0 / n,
            window.pixels.1 / n,
            window.pixels.2 / n,
            20.0 * rms(&window.audio).max(1e-6).log10(),
            20.0 * rms(&high).max(1e-6).log10(),
            rms(&window.eeg[0]),
            rms(&window.eeg[2]),
            rms(&window.eeg[6]),
            hop.attention,
            hop.toss_hz,
        );
        window = Window::default();
        next_s += 10.0;
    }
    let cook = rig.finish();
    println!(
        "reference {:.1}, skill {:.2}, faults {:?}",
        cook.reference, cook.skill, cook.faults
    );
    println!("cues {:?}, acted {:?}", cook.cues, cook.acted);
}
