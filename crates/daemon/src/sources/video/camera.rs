//! What a thermal camera's video must look like, and how it is asked for.

use std::fmt;
use std::io;
use std::time::Duration;

use firmware_interfaces::{infiray, lepton};
use wok_core::time::HostTime;

/// A pixel format and a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// The format's four letters.
    pub(super) fourcc: [u8; 4],
    pub(super) width: u32,
    pub(super) height: u32,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = String::from_utf8_lossy(&self.fourcc);
        write!(f, "{} {}x{}", letters.trim(), self.width, self.height)
    }
}

/// A frame as the driver filled it in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) bytes: &'a [u8],
    /// The driver says that the data is damaged.
    pub(super) spoiled: bool,
    /// When it was taken, on the machine's monotonic clock, if the driver says so.
    pub(super) stamp: Option<HostTime>,
}

/// A video device.
pub(super) trait Camera {
    /// What it can give.
    fn offers(&mut self) -> Vec<Shape>;
    /// Asks for a shape; what the driver made of it.
    fn set(&mut self, wanted: Shape) -> io::Result<Shape>;
    /// Begins to stream.
    fn start(&mut self) -> io::Result<()>;
    /// The next frame, waiting at most so long; `None` when none came.
    fn frame(&mut self, wait: Duration) -> io::Result<Option<Frame<'_>>>;
}

/// A thermal camera that is read as video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Module {
    /// FLIR Lepton 2 or 3 on a PureThermal board.
    Lepton,
    /// InfiRay P2 Pro or Topdon TC001.
    InfiRay,
}

impl Module {
    /// The shapes that carry temperatures, the best first.
    pub(super) fn shapes(self) -> Vec<Shape> {
        let shape = |fourcc: &[u8; 4], width: usize, height: usize| Shape {
            fourcc: *fourcc,
            width: width as u32,
            height: height as u32,
        };
        match self {
            // Without the rows of telemetry nobody knows what the counts mean.
            Self::Lepton => [lepton::Model::Lepton3, lepton::Model::Lepton2]
                .map(|m| shape(b"Y16 ", m.width(), m.height() + m.telemetry_rows()))
                .to_vec(),
            Self::InfiRay => vec![shape(b"YUYV", infiray::WIDTH, infiray::VIDEO_HEIGHT)],
        }
    }
}

/// Sets the camera to the first shape of the module's that it takes.
///
/// # Errors
/// When it takes none, with what it offers instead.
pub(super) fn negotiate(camera: &mut dyn Camera, module: Module) -> io::Result<Shape> {
    let wanted = module.shapes();
    for shape in &wanted {
        match camera.set(*shape) {
            Ok(got) if got == *shape => return Ok(got),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
            Err(error) => return Err(error),
        }
    }
    let list = |shapes: &[Shape]| {
        let names: Vec<_> = shapes.iter().map(Shape::to_string).collect();
        names.join(", ")
    };
    let offers = camera.offers();
    let offered = if offers.is_empty() {
        "no picture at all".to_owned()
    } else {
        list(&offers)
    };
    let remedy = match module {
        Module::Lepton => "switch its telemetry on (footer), or name the other video device",
        Module::InfiRay => {
            "name its other video device; `wokd devices` says which camera is thermal"
        }
    };
    let what = format!(
        "it gives {offered}, but {} is needed; {remedy}",
        list(&wanted)
    );
    Err(io::Error::new(io::ErrorKind::InvalidData, what))
}
