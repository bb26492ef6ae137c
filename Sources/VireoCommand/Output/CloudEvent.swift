// SPDX-License-Identifier: Apache-2.0
// Events as CloudEvents.

internal import EventModel

/// Where CloudEvents come from: the host of the hub.
public struct CloudEventOrigin: Hashable, Sendable {
  /// The value of the attribute `source`.
  public let source: String

  /// The hub of a host, by the host's name and, where it is known, the machine ID (machine-id(5)).
  public init(host: String, machineID: String? = nil) {
    source = "//" + CloudEventOrigin.encoded(host) + (machineID.map { "/machine-id/" + $0 } ?? "") + "/vireo"
  }

  /// What a host name may hold in a URI reference (RFC 3986, unreserved); all else by its bytes.
  private static func encoded(_ text: String) -> String {
    var shown = ""
    for byte in text.utf8 {
      let scalar = Unicode.Scalar(byte)
      if byte < 0x80,
        scalar.properties.isAlphabetic || (48...57).contains(byte) || "-._~".unicodeScalars.contains(scalar)
      {
        shown.unicodeScalars.append(scalar)
      } else {
        shown += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return shown
  }
}

/// An event in the JSON format of CloudEvents 1.0.
///
/// Consumers take two events with one `source` and one `id` for the same, so the `id` is the cursor and never anything that
/// changes from one sending to the next. Integers of the attributes are 32 bits wide there; the sequence is a text that
/// sorts like its number. The hub keeps what an event carries below 56 KiB as JSON, so this stays below the 64 KiB that
/// everybody must pass on.
struct CloudEvent {
  private let fields: Fields

  /// A record of the hub.
  init(_ event: EventRecord, from origin: CloudEventOrigin) {
    let number = CloudEvent.sortable(event.sequence)
    let (text, level) = CloudEvent.severity(event.severity)
    var data: Fields = [
      "name": .string(event.name), "origin": .string(event.origin), "source": .string(event.source),
      "data": .map(event.data),
    ]
    if let raw = event.raw { data["raw"] = .string(raw) }
    let subject = event.category == "hub" ? "hub" : "\(event.category)/\(event.key)"
    fields = [
      "specversion": "1.0",
      "id": .string((event.instance.map { "\($0):" } ?? "") + number),
      "source": .string(origin.source),
      "type": .string("org.vireo.\(event.kind).v1"),
      "subject": .string(subject),
      "time": .string(event.time.rfc3339),
      "recordedtime": .string(event.recorded.rfc3339),
      "sequence": .string(number),
      "partitionkey": .string(subject),
      "severitytext": .string(text),
      "severitynumber": .int(level),
      "datacontenttype": "application/json",
      "data": .map(data),
    ]
  }

  /// A stretch that is missing.
  init(_ gap: GapRecord, from origin: CloudEventOrigin) {
    let ends = [gap.first, gap.last].map { $0.map(CloudEvent.sortable) ?? "unknown" }
    var data: Fields = ["reason": .string(gap.reason)]
    if let first = gap.first { data["from"] = .uint(first) }
    if let last = gap.last { data["to"] = .uint(last) }
    fields = [
      "specversion": "1.0", "id": .string("gap:\(ends[0]):\(ends[1])"), "source": .string(origin.source),
      "type": "org.vireo.stream.gap.v1", "subject": "hub", "severitytext": "WARN", "severitynumber": 13,
      "datacontenttype": "application/json", "data": .map(data),
    ]
  }

  /// The object on one line.
  var json: String {
    var writer = JSONWriter()
    writer.write(fields)
    return writer.text
  }

  /// A number with as many digits as the largest one has.
  private static func sortable(_ number: UInt64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: 20 - digits.utf8.count) + digits
  }

  /// The text and number of the OpenTelemetry log data model.
  private static func severity(_ severity: Severity) -> (String, Int64) {
    switch severity {
    case .debug: ("DEBUG", 5)
    case .info: ("INFO", 9)
    case .notice: ("INFO2", 10)
    case .warning: ("WARN", 13)
    case .error: ("ERROR", 17)
    case .critical: ("FATAL", 21)
    }
  }
}
