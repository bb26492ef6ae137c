// SPDX-License-Identifier: Apache-2.0
// Hub: history as every face gives it to clients.

internal import EventLoop
internal import EventModel

extension Hub {
  /// Reads a page of history, and on until something passes the filter or the end is reached.
  ///
  /// Threading: the completion comes on the loop, perhaps before this returns.
  public func history(
    _ request: HistoryRequest, completion: @escaping @Sendable (Result<HistoryPage, HistoryRefusal>) -> Void
  ) {
    guard request.after <= stamped else { return completion(.failure(.foreign)) }
    search(request.query(oldest: oldest), completion: completion)
  }

  private func search(
    _ query: LogQuery, completion: @escaping @Sendable (Result<HistoryPage, HistoryRefusal>) -> Void
  ) {
    read(query) { result in
      self.assumeIsolated { hub in
        switch result {
        case .failure(let error): completion(.failure(.log(error)))
        case .success(let page):
          guard page.events.isEmpty, page.searched < hub.head, page.searched > query.after else {
            return completion(
              .success(HistoryPage(events: page.events, searched: page.searched, head: hub.head)))
          }
          var next = query
          next.after = page.searched
          hub.search(next, completion: completion)
        }
      }
    }
  }
}
