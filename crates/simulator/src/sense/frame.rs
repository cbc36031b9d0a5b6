//! Device frames.

/// One Cyton packet: 8 × i24 counts, 3 accelerometer axes, stop byte C0.
pub(crate) fn cyton(number: u8, counts: &[i32; 8], axes: [i16; 3]) -> [u8; 33] {
    let mut packet = [0; 33];
    packet[0] = 0xA0;
    packet[1] = number;
    for (i, count) in counts.iter().enumerate() {
        packet[2 + 3 * i..5 + 3 * i].copy_from_slice(&count.to_be_bytes()[1..]);
    }
    for (i, axis) in axes.iter().enumerate() {
        packet[26 + 2 * i..28 + 2 * i].copy_from_slice(&axis.to_be_bytes());
    }
    packet[32] = 0xC0;
    packet
}

/// A ThinkGear packet around a payload; returns its length in `packet`.
pub(crate) fn thinkgear(payload: &[u8], packet: &mut [u8; 40]) -> usize {
    let len = payload.len().min(36);
    packet[..3].copy_from_slice(&[0xAA, 0xAA, len as u8]);
    packet[3..3 + len].copy_from_slice(&payload[..len]);
    let sum = payload[..len]
        .iter()
        .fold(0u8, |sum, &byte| sum.wrapping_add(byte));
    packet[3 + len] = !sum;
    len + 4
}

/// A GY-MCU90640 frame of centi-°C.
pub(crate) fn gy_mcu90640(pixels: &[i16; 768], ambient: i16, frame: &mut [u8; 1544]) {
    frame[..4].copy_from_slice(&[0x5A, 0x5A, 0x02, 0x06]);
    for (i, pixel) in pixels.iter().chain([&ambient]).enumerate() {
        frame[4 + 2 * i..6 + 2 * i].copy_from_slice(&pixel.to_le_bytes());
    }
    let sum = frame[..1542].chunks_exact(2).fold(0u16, |sum, word| {
        sum.wrapping_add(u16::from_le_bytes([word[0], word[1]]))
    });
    frame[1542..].copy_from_slice(&sum.to_le_bytes());
}
