//! Decoding and encoding never allocate. A test binary of its own, because it counts every allocation of the process.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use firmware_interfaces::{cyton, gy_mcu90640, infiray, lepton, lsl, thinkgear, woklink};

struct Counting;

thread_local! {
    // Per thread: the test harness allocates on its own threads at any time.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// An allocator can only be written with unsafe code; this one counts and hands every call on to the system's, unchanged.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps `alloc`'s contract, and it is passed on unchanged.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: `at` came from `System` through `alloc` above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.with(Cell::get);
    work();
    ALLOCATIONS.with(Cell::get) - before
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(black_box(Box::new(1)))), 1);
}

macro_rules! check_stream {
    ($module:ident, $frame:expr) => {
        let frame: &[u8] = $frame;
        let counted = allocations(|| {
            let mut decoder = $module::Decoder::new();
            let mut items = 0;
            for piece in [
                frame,
                frame,
                &[0xA0, 0xAA, 0x5A, 0, 1, 2],
                &frame[..frame.len() / 2],
                frame,
                frame,
                &[0x11; 5000],
                frame,
                frame,
            ] {
                for bytes in piece.chunks(7) {
                    decoder.push(bytes, |item| {
                        black_box(&item);
                        items += 1;
                    });
                }
            }
            assert!(items >= 5, "{}: {items} items", stringify!($module));
            black_box(decoder.stats());
        });
        assert_eq!(counted, 0, "{}", stringify!($module));
    };
}

#[test]
fn streams_are_read_and_written_without_allocating() {
    let mut out = [0; woklink::MAX_WIRE];
    let counted = allocations(|| {
        let packet = cyton::Packet {
            number: 1,
            channels: [5; 8],
            stop: cyton::Stop::Accelerometer,
            aux: [0; 6],
        };
        let _ = black_box(cyton::encode(&packet, &mut out));
    });
    assert_eq!(counted, 0);
    check_stream!(cyton, &out[..cyton::PACKET_LEN]);

    let rows = [thinkgear::Row::Raw(5), thinkgear::Row::Bands([1; 8])];
    let mut n = 0;
    assert_eq!(
        allocations(|| n = thinkgear::encode(&rows, &mut out).unwrap_or(0)),
        0
    );
    check_stream!(thinkgear, &out[..n]);

    let pixels = [2500; gy_mcu90640::PIXELS];
    assert_eq!(
        allocations(|| n = gy_mcu90640::encode(&pixels, 2500, &mut out).unwrap_or(0)),
        0
    );
    check_stream!(gy_mcu90640, &out[..n]);

    let thermal = woklink::Thermal {
        width: 32,
        height: 24,
        frame: 0,
        first: 0,
        ambient: 0,
        pixels: woklink::Samples::Native(&pixels),
    };
    let message = woklink::Message::Thermal(thermal);
    assert_eq!(
        allocations(
            || n = woklink::encode(woklink::Header::default(), &message, &mut out).unwrap_or(0)
        ),
        0
    );
    check_stream!(woklink, &out[..n]);
}

#[test]
fn feeds_of_lsl_are_read_and_written_without_allocating() {
    let shape = lsl::Shape {
        format: lsl::Format::Float32,
        channels: 8,
        order: lsl::ByteOrder::Little,
    };
    let mut out = [0; 256];
    let mut samples = 0;
    let counted = allocations(|| {
        let header = lsl::Header {
            shape,
            rate_hz: 250.0,
            scale: 1.0,
            begins: true,
        };
        let mut decoder = lsl::Decoder::new();
        let mut push = |bytes: &[u8]| {
            for piece in bytes.chunks(7) {
                decoder.push(piece, |item| {
                    samples += u32::from(*black_box(&item) == lsl::Item::End);
                });
            }
        };
        let n = header.encode(&mut out).unwrap_or(0);
        push(&out[..n]);
        let n = lsl::encode_patterns(shape, &mut out).unwrap_or(0);
        push(&out[..n]);
        let values = [lsl::Number::Float32(1.0); 8];
        let stamp = lsl::Stamp::Seconds(1.0);
        let n = lsl::encode(stamp, &values, shape.order, &mut out).unwrap_or(0);
        push(&out[..n]);
        push(&[0x11; 5000]);
    });
    assert_eq!((counted, samples), (0, 1));
}

#[test]
fn video_frames_are_read_and_written_without_allocating() {
    let mut bytes = vec![0; infiray::FRAME_LEN];
    let values = [19_000; infiray::PIXELS];
    let counts = vec![30_000; lepton::Model::Lepton3.pixels()];
    let telemetry = lepton::Telemetry {
        tlinear: true,
        ..Default::default()
    };
    let counted = allocations(|| {
        let n = infiray::encode(&values, &mut bytes).unwrap_or(0);
        let sum: f32 =
            infiray::Frame::parse(&bytes[..n]).map_or(f32::NAN, |frame| frame.celsius().sum());
        assert!(sum > 0.0);
        let n = lepton::encode(
            lepton::Model::Lepton3,
            &counts,
            Some(&telemetry),
            &mut bytes,
        )
        .unwrap_or(0);
        let frame = lepton::Frame::parse(&bytes[..n]);
        let sum: f32 = frame
            .ok()
            .and_then(|frame| frame.celsius().ok())
            .map_or(f32::NAN, Iterator::sum);
        assert!(sum > 0.0);
    });
    assert_eq!(counted, 0);
}
