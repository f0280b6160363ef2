import { uniqueSlug } from './slug.js';

// Keeps the stations that a visitor has chosen, newest first, in whatever storage it is given (localStorage in the browser, a Map in tests).
export class StationStore {
  #storage;
  #key;

  constructor(storage, key = 'stations') {
    this.#storage = storage;
    this.#key = key;
  }

  all() {
    const text = this.#storage.getItem(this.#key);
    if (text === null) return [];
    try {
      const stations = JSON.parse(text);
      return Array.isArray(stations) ? stations : [];
    } catch {
      // A half written entry is worth less than a working page.
      this.#storage.removeItem(this.#key);
      return [];
    }
  }

  add(name, latitude, longitude) {
    const stations = this.all();
    const id = uniqueSlug(name, new Set(stations.map((station) => station.id)));
    stations.unshift({ id, name, latitude, longitude });
    this.#storage.setItem(this.#key, JSON.stringify(stations.slice(0, 20)));
    return id;
  }

  remove(id) {
    const left = this.all().filter((station) => station.id !== id);
    this.#storage.setItem(this.#key, JSON.stringify(left));
  }
}

export function nearest(stations, latitude, longitude) {
  let best = null;
  let bestDistance = Infinity;
  for (const station of stations) {
    const distance = greatCircle(latitude, longitude, station.latitude, station.longitude);
    if (distance < bestDistance) {
      best = station;
      bestDistance = distance;
    }
  }
  return best;
}

function greatCircle(lat1, lon1, lat2, lon2) {
  const toRadians = Math.PI / 180;
  const a = Math.sin(((lat2 - lat1) * toRadians) / 2) ** 2;
  const b = Math.sin(((lon2 - lon1) * toRadians) / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.sqrt(a + Math.cos(lat1 * toRadians) * Math.cos(lat2 * toRadians) * b));
}
