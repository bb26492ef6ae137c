// SPDX-License-Identifier: Apache-2.0
// A message with descriptors, put together value by value. Fence: libdbus.
//
// libdbus takes descriptors only through its iterators, which end the process on bad input. Every value that comes here
// has been through our own writer, which refuses all of that.

private import CDBus
import DBusTypes

/// Builds the few messages that carry descriptors.
enum DBusMessageBuilder {
  /// A message with its descriptors duplicated into it; nil if there was no memory or no descriptor free.
  ///
  /// The caller owns one reference. The message must have passed `WireWriter.write(_:serial:)`.
  static func message(_ message: BusMessage, serial: UInt32) -> OpaquePointer? {
    var header = message
    header.body = []
    var writer = WireWriter()
    guard (try? writer.write(header, serial: serial)) != nil, let result = unsafe DBusMessageBytes.message(writer)
    else {
      return nil
    }
    var iterator = unsafe DBusMessageIter()
    unsafe dbus_message_iter_init_append(result, &iterator)
    guard message.body.allSatisfy({ unsafe append($0, to: &iterator) }) else {
      unsafe dbus_message_unref(result)
      return nil
    }
    return unsafe result
  }

  private static func append(_ value: BusValue, to iterator: inout DBusMessageIter) -> Bool {
    switch value {
    case .byte(let value): unsafe basic(value, "y", &iterator)
    case .boolean(let value): unsafe basic(value ? 1 : 0 as UInt32, "b", &iterator)
    case .int16(let value): unsafe basic(value, "n", &iterator)
    case .uint16(let value): unsafe basic(value, "q", &iterator)
    case .int32(let value): unsafe basic(value, "i", &iterator)
    case .uint32(let value): unsafe basic(value, "u", &iterator)
    case .int64(let value): unsafe basic(value, "x", &iterator)
    case .uint64(let value): unsafe basic(value, "t", &iterator)
    case .double(let value): unsafe basic(value, "d", &iterator)
    case .string(let value): unsafe text(value, "s", &iterator)
    case .objectPath(let value): unsafe text(value.rawValue, "o", &iterator)
    case .signature(let value): unsafe text(value.rawValue, "g", &iterator)
    case .unixDescriptor(let value): unsafe basic(value.rawValue, "h", &iterator)
    case .bytes(let value):
      unsafe container(bridge_type_array, "y", &iterator) { inside in
        value.allSatisfy { unsafe basic($0, "y", &inside) }
      }
    case .array(let element, let values):
      unsafe container(bridge_type_array, element.rawValue, &iterator) { inside in
        values.allSatisfy { unsafe append($0, to: &inside) }
      }
    case .structure(let fields):
      unsafe container(bridge_type_struct, nil, &iterator) { inside in
        fields.allSatisfy { unsafe append($0, to: &inside) }
      }
    case .dictionary(let dictionary):
      unsafe container(bridge_type_array, String(dictionary.signature.rawValue.dropFirst()), &iterator) { inside in
        dictionary.entries.allSatisfy { entry in
          unsafe container(bridge_type_dict_entry, nil, &inside) { entryIterator in
            unsafe append(entry.key, to: &entryIterator) && append(entry.value, to: &entryIterator)
          }
        }
      }
    case .variant(let inner):
      unsafe container(bridge_type_variant, inner.signature.rawValue, &iterator) { inside in
        unsafe append(inner, to: &inside)
      }
    }
  }

  private static func basic(_ value: some BitwiseCopyable, _ code: Unicode.Scalar, _ iterator: inout DBusMessageIter)
    -> Bool
  {
    var value = value
    return unsafe dbus_message_iter_append_basic(&iterator, CInt(code.value), &value) != 0
  }

  private static func text(_ text: String, _ code: Unicode.Scalar, _ iterator: inout DBusMessageIter) -> Bool {
    unsafe text.withCString { pointer in
      var pointer = unsafe pointer
      return unsafe dbus_message_iter_append_basic(&iterator, CInt(code.value), &pointer) != 0
    }
  }

  private static func container(
    _ type: CInt, _ contained: String?, _ iterator: inout DBusMessageIter,
    _ fill: (inout DBusMessageIter) -> Bool
  ) -> Bool {
    var inside = unsafe DBusMessageIter()
    guard unsafe dbus_message_iter_open_container(&iterator, type, contained, &inside) != 0 else { return false }
    guard unsafe fill(&inside) else {
      unsafe dbus_message_iter_abandon_container(&iterator, &inside)
      return false
    }
    return unsafe dbus_message_iter_close_container(&iterator, &inside) != 0
  }
}
