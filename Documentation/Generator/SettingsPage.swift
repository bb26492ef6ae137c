// SPDX-License-Identifier: Apache-2.0
// The settings, from the list that the daemon checks a file by.

import Settings

/// The settings, from the list that the daemon checks a file by.
enum SettingsPage {
  static var text: String {
    SettingKey.all.map { key in
      var body = Roff.prose(key.meaning)
      body += "\nExpects \(Roff.prose(key.type.expectation)); "
      body += key.standard.isEmpty ? "none by default." : "default: \(Roff.bold(key.standard))."
      body += "\nEnvironment: \(Roff.text(key.environmentName))."
      body += key.isReloadable ? " Takes effect on a reload." : " Takes effect on a restart."
      return Roff.item(Roff.bold(key.name), body)
    }.joined()
  }
}
