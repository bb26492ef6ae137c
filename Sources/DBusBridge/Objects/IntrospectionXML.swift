// SPDX-License-Identifier: Apache-2.0
// What an object says of itself: introspection data, made from its description.

import DBusTypes

/// Writes introspection data (specification, "Introspection Data Format").
enum IntrospectionXML {
  /// The public identifier that the specification gives.
  static let documentType = """
    <!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
     "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">

    """

  /// The data of an object, or of a mere point on the way to objects if `object` is nil.
  static func text(_ object: BusObject?, children: [String]) -> String {
    var text = documentType + "<node>\n"
    for interface in StandardInterfaces.described(for: object) { text += element(interface) }
    for interface in object?.interfaces ?? [] { text += element(interface) }
    for child in children { text += " <node name=\"\(child)\"/>\n" }
    return text + "</node>\n"
  }

  /// One interface as an element of its own, indented by a space.
  static func element(_ interface: BusInterface) -> String {
    var text = " <interface name=\"\(interface.name)\">\n"
    for method in interface.methods {
      let arguments = arguments(method.inputs, direction: "in") + arguments(method.outputs, direction: "out")
      text += member("method", method.name, arguments)
    }
    for signal in interface.signals { text += member("signal", signal.name, arguments(signal.arguments)) }
    for property in interface.properties {
      let access = property.write == nil ? "read" : "readwrite"
      text += "  <property name=\"\(property.name)\" type=\"\(property.signature)\" access=\"\(access)\">\n"
      text += "   <annotation name=\"org.freedesktop.DBus.Property.EmitsChangedSignal\""
      text += " value=\"\(property.emits.rawValue)\"/>\n  </property>\n"
    }
    return text + " </interface>\n"
  }

  private static func member(_ kind: String, _ name: MemberName, _ arguments: String) -> String {
    arguments.isEmpty
      ? "  <\(kind) name=\"\(name)\"/>\n" : "  <\(kind) name=\"\(name)\">\n\(arguments)  </\(kind)>\n"
  }

  private static func arguments(_ arguments: [BusArgument], direction: String? = nil) -> String {
    var text = ""
    for argument in arguments {
      text += "   <arg"
      if !argument.name.isEmpty { text += " name=\"\(escaped(argument.name))\"" }
      text += " type=\"\(argument.signature)\""
      if let direction { text += " direction=\"\(direction)\"" }
      text += "/>\n"
    }
    return text
  }

  /// The text with XML's own characters as entities.
  ///
  /// Names and signatures cannot have any.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }
}
