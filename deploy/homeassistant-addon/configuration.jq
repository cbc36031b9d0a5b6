# The add-on's options as a wokd.toml. $broker is what the Supervisor says of MQTT, $password names a file.
# A string as JSON is one in TOML too.

def line($key; $value):
  if $value == null or $value == "" then empty else "\($key) = \($value | tojson)" end;

# What is given as a device: a path for serial ports, and another key for cameras that are USB video.
def sensor($name; $kind; $device):
  if $kind == "none" then empty
  else
    "", "[station.\($name)]", line("kind"; $kind),
    line(if $kind == "lepton" or $kind == "infiray" then "device" else "port" end; $device)
  end;

"version = 1",
line("mains_hz"; .mains_hz | tonumber),
"", "[site]", line("id"; .site_id), line("name"; .site_name),
"", "[mqtt]",
line("url"; "\(if $broker.ssl then "mqtts" else "mqtt" end)://\($broker.host):\($broker.port)"),
line("user"; $broker.username),
(if ($broker.password // "") == "" then empty else line("password_file"; $password) end),
(if .metrics_port == null then empty
 else "", "[metrics]", line("listen"; "0.0.0.0:\(.metrics_port)") end),
"", "[[station]]", line("id"; .station_id), line("name"; .station_name), line("recipe"; .recipe),
sensor("eeg"; .eeg_kind; .eeg_device),
sensor("thermal"; .thermal_kind; .thermal_device),
(if .microphone then
   "", "[station.microphone]", line("kind"; "alsa"), line("device"; "default"), line("rate"; 48000)
 else empty end)
