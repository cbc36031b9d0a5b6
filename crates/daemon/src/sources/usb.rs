//! What the kernel says of a USB device behind a terminal, a camera or a sound card.

use std::fs;
use std::path::{Path, PathBuf};

/// Who a USB device says it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usb {
    /// Vendor, four hexadecimal digits.
    pub vendor: String,
    /// Product, four hexadecimal digits.
    pub product: String,
    /// Serial number, if it has one.
    pub serial: Option<String>,
    /// Its name for people, if it has one.
    pub name: Option<String>,
    /// The interface of a composite device, from its name in `/sys`; empty if there is none.
    pub interface: String,
}

fn attribute(folder: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(folder.join(name)).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The USB device that a device of a class belongs to, such as class `tty` and name `ttyUSB0`, under
/// `sys` (`/sys` but in tests). `None` where it is no USB device.
#[must_use]
pub fn of(sys: &Path, class: &str, name: &str) -> Option<Usb> {
    let device: PathBuf = sys
        .join("class")
        .join(class)
        .join(name)
        .join("device")
        .canonicalize()
        .ok()?;
    let interface = device
        .ancestors()
        .find_map(|folder| attribute(folder, "bInterfaceNumber"))
        .unwrap_or_default();
    device
        .ancestors()
        .take_while(|folder| *folder != sys)
        .find_map(|folder| {
            Some(Usb {
                vendor: attribute(folder, "idVendor")?,
                product: attribute(folder, "idProduct")?,
                serial: attribute(folder, "serial"),
                name: attribute(folder, "product"),
                interface: interface.clone(),
            })
        })
}

/// Other devices of a class that udev cannot tell from `name` by vendor, product, serial number and
/// interface (and, of a camera's several, by their index).
pub(crate) fn twins(sys: &Path, class: &str, name: &str) -> Vec<String> {
    let folder = sys.join("class").join(class);
    let look = |name: &str| {
        let usb = of(sys, class, name)?;
        Some((usb, attribute(&folder.join(name), "index")))
    };
    let Some(own) = look(name) else {
        return Vec::new();
    };
    let Ok(entries) = folder.read_dir() else {
        return Vec::new();
    };
    let mut twins: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|other| other != name && look(other).as_ref() == Some(&own))
        .collect();
    twins.sort();
    twins
}

#[cfg(test)]
pub(crate) mod fake {
    //! A `/sys` with adapters in it.

    use std::fs;
    use std::path::Path;

    /// Adds a serial adapter: its terminal, its USB place, and (vendor, product, serial).
    pub(crate) fn adapter(sys: &Path, tty: &str, place: &str, ids: (&str, &str, Option<&str>)) {
        device(sys, "tty", tty, place, ids);
    }

    /// Adds a camera as UVC ones are: a device with a picture, and one without.
    pub(crate) fn camera(sys: &Path, number: u32, place: &str, ids: (&str, &str, Option<&str>)) {
        for index in [0, 1] {
            let name = format!("video{}", number + index);
            device(sys, "video4linux", &name, place, ids);
            let class = sys.join("class/video4linux").join(name);
            fs::write(class.join("index"), format!("{index}\n")).unwrap();
            fs::write(class.join("name"), "USB Camera\n").unwrap();
        }
    }

    fn device(
        sys: &Path,
        class: &str,
        name: &str,
        place: &str,
        (vendor, product, serial): (&str, &str, Option<&str>),
    ) {
        let usb = sys.join("devices/usb1").join(place);
        let interface = usb.join(format!("{place}:1.0"));
        fs::create_dir_all(&interface).unwrap();
        fs::write(interface.join("bInterfaceNumber"), "00\n").unwrap();
        fs::write(usb.join("idVendor"), format!("{vendor}\n")).unwrap();
        fs::write(usb.join("idProduct"), format!("{product}\n")).unwrap();
        fs::write(usb.join("product"), "USB Serial\n").unwrap();
        fs::write(usb.join("serial"), serial.unwrap_or_default()).unwrap();
        let class = sys.join("class").join(class).join(name);
        fs::create_dir_all(&class).unwrap();
        let _ = std::os::unix::fs::symlink(interface, class.join("device"));
    }
}
