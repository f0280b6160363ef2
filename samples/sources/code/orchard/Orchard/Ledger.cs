namespace Orchard;

/// <summary>One delivery: who brought how much of which variety.</summary>
public sealed record Delivery(int Number, string Grower, string Variety, int Kilograms, DateOnly Day);

/// <summary>Collects deliveries and splits the income of a variety among its growers.</summary>
public sealed class Ledger
{
    private readonly SortedDictionary<int, Delivery> deliveries = [];

    /// <summary>Adds a delivery.</summary>
    /// <exception cref="ArgumentException">The number is taken or the weight is not positive.</exception>
    public void Add(Delivery delivery)
    {
        if (delivery.Kilograms <= 0)
        {
            throw new ArgumentException($"Delivery {delivery.Number} of {delivery.Grower} weighs {delivery.Kilograms} kg.");
        }

        if (!deliveries.TryAdd(delivery.Number, delivery))
        {
            throw new ArgumentException($"Delivery number {delivery.Number} was entered twice.");
        }
    }

    /// <summary>Splits an income in cents by weight. The shares add up to the income: cents that are left go to the largest remainders.</summary>
    public IReadOnlyDictionary<string, long> Split(string variety, long incomeCents)
    {
        var weights = deliveries.Values
            .Where(delivery => delivery.Variety == variety)
            .GroupBy(delivery => delivery.Grower, StringComparer.Ordinal)
            .Select(group => (Grower: group.Key, Kilograms: group.Sum(delivery => (long)delivery.Kilograms)))
            .OrderBy(entry => entry.Grower, StringComparer.Ordinal)
            .ToList();
        var total = weights.Sum(entry => entry.Kilograms);
        if (total == 0)
        {
            return new Dictionary<string, long>();
        }

        var shares = weights.ToDictionary(entry => entry.Grower, entry => incomeCents * entry.Kilograms / total);
        var left = incomeCents - shares.Values.Sum();
        foreach (var entry in weights.OrderByDescending(entry => incomeCents * entry.Kilograms % total).Take((int)left))
        {
            shares[entry.Grower]++;
        }

        return shares;
    }
}
