//! What stands between the thermal sensor and the host: a GY-MCU90640's microcontroller or one
//! that speaks WokLink.

use firmware_interfaces::gy_mcu90640::{self, FRAME_LEN, HEIGHT, PIXELS, WIDTH};
use firmware_interfaces::woklink::{
    self, CAN_THERMAL, Encoder, Hello, MAX_WIRE, Message, Pong, Samples, Thermal,
};

use crate::config::Camera;

/// Seconds from a command's last byte to the answer's first.
pub(super) const ANSWER_S: f64 = 0.0004;

/// The bridge's firmware. Pixels are hundredths of a °C, left to right as the camera sees them.
#[derive(Debug)]
pub(super) enum Bridge {
    /// Frames only, each row sent right to left.
    Gy {
        mirrored: Box<[i16; PIXELS]>,
        bytes: Box<[u8; FRAME_LEN]>,
    },
    /// Frames with device time, pings answered.
    WokLink(Box<Link>),
}

/// A WokLink sender.
#[derive(Debug)]
pub(super) struct Link {
    encoder: Encoder,
    decoder: woklink::Decoder,
    device_id: u64,
    greeted: bool,
    bytes: [u8; MAX_WIRE],
}

impl Bridge {
    pub(super) fn new(camera: Camera, device_id: u64) -> Bridge {
        match camera {
            Camera::WokLink { .. } => Bridge::WokLink(Box::new(Link {
                encoder: Encoder::new(),
                decoder: woklink::Decoder::new(),
                device_id,
                greeted: false,
                bytes: [0; MAX_WIRE],
            })),
            Camera::GyMcu90640 { .. } | Camera::None => Bridge::Gy {
                mirrored: Box::new([0; PIXELS]),
                bytes: Box::new([0; FRAME_LEN]),
            },
        }
    }

    /// Bits per second of the line: 115,200 baud carries 7.46 GY frames a second, 8 Hz needs
    /// 460,800.
    pub(super) fn baud(&self, frames_hz: f64) -> f64 {
        match self {
            Bridge::WokLink(_) => f64::from(woklink::BAUD),
            Bridge::Gy { .. } if frames_hz > 7.0 => 460_800.0,
            Bridge::Gy { .. } => 115_200.0,
        }
    }

    /// Hands a frame's bytes to `send`, after a hello where the firmware says one.
    pub(super) fn frame(
        &mut self,
        index: u64,
        time_us: u64,
        pixels: &[i16; PIXELS],
        ambient: i16,
        mut send: impl FnMut(&[u8]),
    ) {
        match self {
            Bridge::Gy { mirrored, bytes } => {
                mirrored.copy_from_slice(pixels);
                gy_mcu90640::mirror(mirrored);
                if let Ok(len) = gy_mcu90640::encode(mirrored, ambient, &mut bytes[..]) {
                    send(&bytes[..len]);
                }
            }
            Bridge::WokLink(link) => {
                if !link.greeted {
                    link.greeted = true;
                    link.say(time_us, &link.hello(), &mut send);
                }
                let message = Message::Thermal(Thermal {
                    width: WIDTH as u16,
                    height: HEIGHT as u16,
                    frame: index as u32,
                    first: 0,
                    ambient,
                    pixels: Samples::Native(pixels),
                });
                link.say(time_us, &message, &mut send);
            }
        }
    }

    /// Takes bytes from the host that arrived at `received_us` of the device's clock; answers go to
    /// `send`.
    pub(super) fn hear(&mut self, bytes: &[u8], received_us: u64, mut send: impl FnMut(&[u8])) {
        let Bridge::WokLink(link) = self else { return };
        let mut pings = [None; 4];
        let (mut count, mut identify) = (0, false);
        link.decoder.push(bytes, |item| {
            if let woklink::Item::Message { header, message } = item {
                match message {
                    Message::Ping { id } if count < pings.len() => {
                        pings[count] = Some((id, header.time_us));
                        count += 1;
                    }
                    Message::Identify => identify = true,
                    _ => {}
                }
            }
        });
        let answered_us = received_us + (ANSWER_S * 1e6) as u64;
        for (id, host_us) in pings.into_iter().flatten() {
            let pong = Message::Pong(Pong {
                id,
                host_us,
                received_us,
            });
            link.say(answered_us, &pong, &mut send);
        }
        if identify {
            link.say(answered_us, &link.hello(), &mut send);
        }
    }
}

impl Link {
    fn hello(&self) -> Message<'static> {
        Message::Hello(Hello {
            boot_id: 1,
            device_id: self.device_id,
            firmware: [1, 0, 0],
            capabilities: CAN_THERMAL,
            name: "simulated thermal",
        })
    }

    fn say(&mut self, time_us: u64, message: &Message<'_>, send: &mut impl FnMut(&[u8])) {
        if let Ok(len) = self.encoder.encode(time_us, message, &mut self.bytes) {
            send(&self.bytes[..len]);
        }
    }
}
