// SPDX-License-Identifier: Apache-2.0
// The machines that the configuration names, through reloads.

import EventModel
import Hub
import Logging
import Settings

/// Keeps the machines that the configuration names under watch, and nothing else: a reload adds and removes the difference.
struct ConfiguredMachines {
  private var watched: [MonitorSetting: Subject] = [:]

  /// Applies what the configuration names now; a machine that stays as it was is not touched.
  mutating func apply(_ monitors: [MonitorSetting], to control: any MachineControl, logger: Logger) {
    let wanted = Set(monitors)
    for (monitor, subject) in watched where !wanted.contains(monitor) {
      watched[monitor] = nil
      do throws(ControlError) {
        try control.removeMachine(subject)
      } catch {
        logger.warning("monitors.\(monitor.name): cannot be removed, ignoring: \(error)")
      }
    }
    for monitor in monitors where watched[monitor] == nil {
      do throws(ControlError) {
        watched[monitor] = try control.addMachine(
          name: monitor.name, monitorPath: monitor.monitorPath, agentPath: monitor.agentPath)
      } catch {
        logger.error("monitors.\(monitor.name): cannot be watched, ignoring: \(error)")
      }
    }
  }
}
