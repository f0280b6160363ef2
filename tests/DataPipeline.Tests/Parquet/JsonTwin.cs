using System.Globalization;
using System.Text.Json;

namespace DataPipeline.Tests.Parquet;

/// <summary>Compares what we read with what DuckDB renders as JSON (bytes as hex).</summary>
internal static class JsonTwin
{
    public static void AssertEqual(JsonElement wanted, object? found, string place)
    {
        switch (found)
        {
            case null:
                Assert.True(wanted.ValueKind == JsonValueKind.Null, $"{place}: null is found where DuckDB has {wanted}");
                break;
            case IReadOnlyDictionary<string, object?> group:
                Assert.Equal(wanted.EnumerateObject().Select(property => property.Name), group.Keys);
                foreach (JsonProperty property in wanted.EnumerateObject())
                    AssertEqual(property.Value, group[property.Name], $"{place}, {property.Name}");
                break;
            case List<KeyValuePair<object, object?>> map:
                Assert.Equal(wanted.EnumerateObject().Count(), map.Count);
                foreach ((JsonProperty property, KeyValuePair<object, object?> pair) in wanted.EnumerateObject().Zip(map))
                {
                    Assert.Equal(property.Name, pair.Key);
                    AssertEqual(property.Value, pair.Value, $"{place}, {property.Name}");
                }

                break;
            case List<object?> list:
                Assert.True(wanted.ValueKind == JsonValueKind.Array && wanted.GetArrayLength() == list.Count, $"{place}: {list.Count} items are found where DuckDB has {wanted}");
                for (int i = 0; i < list.Count; i++)
                    AssertEqual(wanted[i], list[i], $"{place}[{i}]");
                break;
            case float or double:
                Assert.True(wanted.GetDouble() == Convert.ToDouble(found, CultureInfo.InvariantCulture) || (found is float single && wanted.GetSingle() == single), $"{place}: {found} is found where DuckDB has {wanted}");
                break;
            case decimal number:
                Assert.True(wanted.GetDecimal() == number || Math.Abs((double)number - wanted.GetDouble()) == 0, $"{place}: {found} is found where DuckDB has {wanted}");
                break;
            default:
                Assert.True(wanted.ToString() == Render(found), $"{place}: {Render(found)} is found where DuckDB has {wanted}");
                break;
        }
    }

    private static string Render(object value) => value switch
    {
        bool flag => flag ? "True" : "False",
        byte[] bytes => Convert.ToHexString(bytes),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly clock => clock.ToString("HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
        DateTime stamp => stamp.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
