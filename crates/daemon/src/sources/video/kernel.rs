//! The kernel's side of a video device: Video4Linux ioctls and mapped buffers.
//!
//! Numbers and layouts are those of `linux/videodev2.h` on 64-bit machines, which are stable.

#![allow(
    unsafe_code,
    reason = "the kernel takes structures by address and gives buffers as mapped memory"
)]

use std::ffi::c_void;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use rustix::ioctl::{self, Setter, Updater, opcode};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use wok_core::time::{HostTime, SECOND};

use super::camera::{Camera, Frame, Shape};

const CAPTURE: u32 = 1;
const MAPPED: u32 = 1;
/// `V4L2_BUF_FLAG_ERROR`.
const SPOILED: u32 = 0x40;
/// `V4L2_BUF_FLAG_TIMESTAMP_MASK` and `…_MONOTONIC`.
const STAMPS: u32 = 0xe000;
const MONOTONIC: u32 = 0x2000;
const STEPWISE_OR_CONTINUOUS: u32 = 2;
/// Buffers that the driver may fill while one is read: a second of the slowest camera's frames.
const BUFFERS: u32 = 8;

/// `v4l2_format` for a capture: the union begins at its eighth byte.
#[repr(C)]
struct Format {
    kind: u32,
    _gap: u32,
    width: u32,
    height: u32,
    fourcc: u32,
    field: u32,
    line: u32,
    size: u32,
    _rest: [u32; 44],
}

/// `v4l2_fmtdesc`.
#[repr(C)]
struct Description {
    index: u32,
    kind: u32,
    _flags: u32,
    _name: [u8; 32],
    fourcc: u32,
    _rest: [u32; 4],
}

/// `v4l2_frmsizeenum`; of a range, the first two numbers of the union are the smallest width and the largest.
#[repr(C)]
struct FrameSize {
    index: u32,
    fourcc: u32,
    kind: u32,
    numbers: [u32; 6],
    _rest: [u32; 2],
}

/// `v4l2_requestbuffers`.
#[repr(C)]
struct Request {
    count: u32,
    kind: u32,
    memory: u32,
    _rest: [u32; 2],
}

/// `v4l2_buffer`.
#[repr(C)]
struct Buffer {
    index: u32,
    kind: u32,
    used: u32,
    flags: u32,
    _field: u32,
    _gap: u32,
    seconds: i64,
    microseconds: i64,
    _timecode: [u32; 4],
    _sequence: u32,
    memory: u32,
    offset: u64,
    length: u32,
    _rest: [u32; 3],
}

const _: () = {
    assert!(size_of::<Format>() == 208);
    assert!(size_of::<Description>() == 64);
    assert!(size_of::<FrameSize>() == 44);
    assert!(size_of::<Request>() == 20);
    assert!(size_of::<Buffer>() == 88);
};

impl Buffer {
    fn new(index: u32) -> Self {
        Self {
            index,
            kind: CAPTURE,
            used: 0,
            flags: 0,
            _field: 0,
            _gap: 0,
            seconds: 0,
            microseconds: 0,
            _timecode: [0; 4],
            _sequence: 0,
            memory: MAPPED,
            offset: 0,
            length: 0,
            _rest: [0; 3],
        }
    }
}

macro_rules! exchange {
    ($device:expr, $number:literal, $type:ty, $value:expr) => {{
        const CODE: ioctl::Opcode = opcode::read_write::<$type>(b'V', $number);
        // SAFETY: the type has the layout that videodev2.h gives for this number (its size is part of
        // the number, so the kernel refuses any other), and holds no pointer.
        unsafe { ioctl::ioctl($device, Updater::<CODE, $type>::new($value)) }
    }};
}

/// A mapped buffer of the driver.
struct Mapping {
    start: *mut c_void,
    len: usize,
}

// SAFETY: the memory belongs to this process until `munmap`, whichever thread looks at it.
unsafe impl Send for Mapping {}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly what `mmap` gave; nobody borrows it, as `Kernel` is gone.
        let _ = unsafe { munmap(self.start, self.len) };
    }
}

/// An open video device.
pub(super) struct Kernel {
    device: File,
    buffers: Vec<Mapping>,
    /// The buffer that was handed out last and goes back to the driver next.
    lent: Option<u32>,
}

impl Kernel {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let device = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags)
            .open(path)?;
        // As with serial ports: one daemon a device.
        flock(&device, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
            Errno::WOULDBLOCK => Errno::BUSY.into(),
            other => io::Error::from(other),
        })?;
        Ok(Self {
            device,
            buffers: Vec::new(),
            lent: None,
        })
    }

    fn give_back(&mut self, index: u32) -> io::Result<()> {
        exchange!(&self.device, 15, Buffer, &mut Buffer::new(index))?;
        Ok(())
    }

    fn sizes(&self, fourcc: u32) -> Vec<(u32, u32)> {
        let mut sizes = Vec::new();
        for index in 0.. {
            let mut size = FrameSize {
                index,
                fourcc,
                kind: 0,
                numbers: [0; 6],
                _rest: [0; 2],
            };
            if exchange!(&self.device, 74, FrameSize, &mut size).is_err() {
                break;
            }
            if size.kind >= STEPWISE_OR_CONTINUOUS {
                // Width from, to, step, then height alike: name the largest.
                sizes.push((size.numbers[1], size.numbers[4]));
                break;
            }
            sizes.push((size.numbers[0], size.numbers[1]));
        }
        sizes
    }
}

impl Camera for Kernel {
    fn offers(&mut self) -> Vec<Shape> {
        let mut offers = Vec::new();
        for index in 0.. {
            let mut description = Description {
                index,
                kind: CAPTURE,
                _flags: 0,
                _name: [0; 32],
                fourcc: 0,
                _rest: [0; 4],
            };
            if exchange!(&self.device, 2, Description, &mut description).is_err() {
                break;
            }
            let fourcc = description.fourcc;
            offers.extend(self.sizes(fourcc).into_iter().map(|(width, height)| Shape {
                fourcc: fourcc.to_le_bytes(),
                width,
                height,
            }));
        }
        offers
    }

    fn set(&mut self, wanted: Shape) -> io::Result<Shape> {
        let mut format = Format {
            kind: CAPTURE,
            _gap: 0,
            width: wanted.width,
            height: wanted.height,
            fourcc: u32::from_le_bytes(wanted.fourcc),
            field: 0,
            line: 0,
            size: 0,
            _rest: [0; 44],
        };
        exchange!(&self.device, 5, Format, &mut format)?;
        if format.line > 2 * format.width {
            let what = format!(
                "it pads its rows to {} bytes, which nothing here reads",
                format.line
            );
            return Err(io::Error::new(io::ErrorKind::Unsupported, what));
        }
        Ok(Shape {
            fourcc: format.fourcc.to_le_bytes(),
            width: format.width,
            height: format.height,
        })
    }

    fn start(&mut self) -> io::Result<()> {
        let mut request = Request {
            count: BUFFERS,
            kind: CAPTURE,
            memory: MAPPED,
            _rest: [0; 2],
        };
        exchange!(&self.device, 8, Request, &mut request)?;
        for index in 0..request.count {
            let mut buffer = Buffer::new(index);
            exchange!(&self.device, 9, Buffer, &mut buffer)?;
            let len = buffer.length as usize;
            // SAFETY: a new mapping at an address of the kernel's choice, of the length it named.
            let start = unsafe {
                mmap(
                    std::ptr::null_mut(),
                    len,
                    ProtFlags::READ,
                    MapFlags::SHARED,
                    &self.device,
                    buffer.offset & 0xffff_ffff,
                )?
            };
            self.buffers.push(Mapping { start, len });
            self.give_back(index)?;
        }
        const ON: ioctl::Opcode = opcode::write::<i32>(b'V', 18);
        // SAFETY: VIDIOC_STREAMON takes the address of an int that names the kind of buffer.
        unsafe { ioctl::ioctl(&self.device, Setter::<ON, i32>::new(CAPTURE.cast_signed())) }?;
        Ok(())
    }

    fn frame(&mut self, wait: Duration) -> io::Result<Option<Frame<'_>>> {
        if let Some(index) = self.lent.take() {
            self.give_back(index)?;
        }
        let timeout = Timespec::try_from(wait).unwrap_or(Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        });
        let mut waiting = [PollFd::from_borrowed_fd(self.device.as_fd(), PollFlags::IN)];
        match poll(&mut waiting, Some(&timeout)) {
            Ok(0) | Err(Errno::INTR) => return Ok(None),
            // The device is gone, or streams no more; asking for a frame would only spin.
            Ok(_) if !waiting[0].revents().contains(PollFlags::IN) => {
                return Err(Errno::NODEV.into());
            }
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let mut buffer = Buffer::new(0);
        match exchange!(&self.device, 17, Buffer, &mut buffer) {
            Ok(()) => {}
            Err(Errno::AGAIN) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        self.lent = Some(buffer.index);
        let Some(mapping) = self.buffers.get(buffer.index as usize) else {
            return Ok(None);
        };
        let used = (buffer.used as usize).min(mapping.len);
        // SAFETY: the mapping lives as long as `self`, and the driver does not write to a buffer
        // before it is given back, which needs `self` again.
        let bytes = unsafe { std::slice::from_raw_parts(mapping.start.cast::<u8>(), used) };
        let stamp = buffer.seconds * SECOND + buffer.microseconds * 1000;
        Ok(Some(Frame {
            bytes,
            spoiled: buffer.flags & SPOILED != 0,
            stamp: (buffer.flags & STAMPS == MONOTONIC).then(|| HostTime::from_nanos(stamp)),
        }))
    }
}
