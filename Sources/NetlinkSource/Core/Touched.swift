// SPDX-License-Identifier: Apache-2.0
// What notifications told of since a listing began.

/// What notifications told of since a listing began.
///
/// Between listings nothing is kept: on a host whose links come and go it would grow with each of them.
struct Touched {
  private(set) var links: Set<UInt32> = []
  /// The cards that answered for their functions, which is another question.
  private(set) var functions: Set<UInt32> = []
  private(set) var addresses: Set<AddressRecord> = []
  private(set) var neighbours: Set<NeighbourRecord> = []
  private let isListing: Bool

  /// That of a listing that begins.
  static var listing: Touched { Touched(isListing: true) }
  /// That of the time between listings.
  static var none: Touched { Touched(isListing: false) }

  mutating func note(link index: UInt32) { if isListing { links.insert(index) } }
  mutating func note(functionsOf card: UInt32) { if isListing { functions.insert(card) } }
  mutating func note(_ address: AddressRecord) { if isListing { addresses.insert(address) } }
  mutating func note(_ neighbour: NeighbourRecord) { if isListing { neighbours.insert(neighbour) } }
}
