"""Home Assistant's own core with its own MQTT integration, and nothing else of it.

Listens to the broker on the port given, keeps nothing but what is in the folder given, and answers each
line on standard input with a line of JSON: the devices and entities that it found, their states, the keys
of discovery messages that it would drop in silence, and what it warned of.
"""

import asyncio
import importlib
import json
import logging
import pathlib
import sys
import types

# Relays Home Assistant's page through its maker's cloud; its only stand-in here, since the original comes
# with the client of a cloud.
sys.modules["hass_nabucasa"] = types.SimpleNamespace(remote=None)

from homeassistant import config_entries, core, loader
from homeassistant.const import __version__
from homeassistant.components import mqtt
from homeassistant.helpers import area_registry, category_registry, device_registry, entity, entity_registry
from homeassistant.helpers import floor_registry, issue_registry, label_registry, restore_state, template
from homeassistant.setup import async_setup_component


class Warnings(logging.Handler):
    """What Home Assistant's log has of warnings and worse, but for those about its own code."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        if record.name != "homeassistant.helpers.frame":
            self.lines.append(record.getMessage())


async def start(folder):
    """The core with its registries, as bootstrap makes it, without the integrations that it would add."""
    pathlib.Path(folder, "configuration.yaml").touch()
    hass = core.HomeAssistant(folder)
    hass.config.skip_pip = True
    loader.async_setup(hass)
    hass.config_entries = config_entries.ConfigEntries(hass, {})
    await hass.config_entries.async_initialize()
    entity.async_setup(hass)
    template.async_setup(hass)
    for registry in (area_registry, category_registry, device_registry, floor_registry, label_registry):
        await _loaded(registry.async_load(hass))
    for registry in (entity_registry, issue_registry, restore_state):
        await _loaded(registry.async_load(hass))
    # What MQTT depends on: it serves a page where certificates are uploaded, which nobody asks for here.
    hass.config.components.update({"http", "file_upload", "persistent_notification"})
    return hass


async def _loaded(waited):
    if waited is not None:
        await waited


async def connect(hass, port):
    """MQTT as a user sets it up: the broker's address, all else as it is by default."""
    assert await async_setup_component(hass, mqtt.DOMAIN, {})
    entry = config_entries.ConfigEntry(
        domain=mqtt.DOMAIN,
        title="broker",
        data={"broker": "127.0.0.1", "port": port},
        options={},
        source=config_entries.SOURCE_USER,
        version=1,
        minor_version=2,
        unique_id=None,
        discovery_keys={},
    )
    await hass.config_entries.async_add(entry)
    assert entry.state is config_entries.ConfigEntryState.LOADED, entry.reason
    hass.set_state(core.CoreState.running)


async def watch_dropped_keys(hass, dropped):
    """Home Assistant drops keys that a platform does not know without a word; here they are noted."""

    async def see(message):
        for key, component in json.loads(message.payload or "{}").get("components", {}).items():
            platform = importlib.import_module(f"homeassistant.components.mqtt.{component['platform']}")
            try:
                known = platform.DISCOVERY_SCHEMA(dict(component))
            except Exception:  # noqa: BLE001 - said in the log, as to any user
                continue
            if unknown := sorted(set(component) - set(known) - {"platform"}):
                dropped[f"{message.topic} {key}"] = unknown

    await mqtt.async_subscribe(hass, "homeassistant/device/+/config", see)


def picture(hass, dropped, warnings):
    """All that there is to see."""
    devices = device_registry.async_get(hass)
    entities = {}
    for entry in entity_registry.async_get(hass).entities.values():
        state = hass.states.get(entry.entity_id)
        device = devices.async_get(entry.device_id) if entry.device_id else None
        entities[entry.unique_id] = {
            "id": entry.entity_id,
            "state": state and state.state,
            "attributes": state and dict(state.attributes),
            "category": entry.entity_category,
            "device": device and device.name,
        }
    return {
        "version": __version__,
        "devices": {
            device.name: {
                "model": device.model,
                "manufacturer": device.manufacturer,
                "sw_version": device.sw_version,
                "via": device.via_device_id and devices.async_get(device.via_device_id).name,
            }
            for device in devices.devices.values()
        },
        "entities": entities,
        "dropped": dropped,
        "warnings": warnings,
    }


async def main(port, folder):
    warnings = Warnings()
    logging.getLogger().addHandler(warnings)
    hass = await start(folder)
    await connect(hass, port)
    dropped = {}
    await watch_dropped_keys(hass, dropped)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        await hass.async_block_till_done()
        print(json.dumps(picture(hass, dropped, warnings.lines), default=str), flush=True)


asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
