using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DataPipeline.Parquet;

/// <summary>
/// Rows as JSON lines. Integers and decimals keep every digit; NaN and infinities are the strings "NaN", "Infinity" and "-Infinity"; dates and times
/// are ISO 8601 (UTC ends in Z); bytes are base64; lists are arrays, groups objects; maps are objects too, or arrays of {"key", "value"} where keys are not plain values.
/// </summary>
public static class RowJson
{
    private const int FlushBytes = 1 << 16;
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes each row as one line of UTF-8, in the order of the schema; holds one row and 64 KiB of output.</summary>
    /// <returns>Rows written.</returns>
    public static long WriteLines(ParquetSchema schema, IEnumerable<IReadOnlyDictionary<string, object?>> rows, Stream output)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(output);
        using var lines = new BufferedStream(output, FlushBytes);
        using var json = new Utf8JsonWriter(lines, s_options);
        long count = 0;
        foreach (IReadOnlyDictionary<string, object?> row in rows)
        {
            json.WriteStartObject();
            foreach ((string name, object? value) in row)
            {
                json.WritePropertyName(name);
                Write(json, schema.Find(name)!, value);
            }

            json.WriteEndObject();
            json.Flush();
            json.Reset();
            lines.WriteByte((byte)'\n');
            count++;
        }

        lines.Flush();
        return count;
    }

    private static void Write(Utf8JsonWriter json, Field field, object? value)
    {
        switch (field, value)
        {
            case (_, null):
                json.WriteNullValue();
                break;
            case (StructField group, IReadOnlyDictionary<string, object?> values):
                json.WriteStartObject();
                foreach (Field inner in group.Fields)
                {
                    if (values.TryGetValue(inner.Name, out object? part))
                    {
                        json.WritePropertyName(inner.Name);
                        Write(json, inner, part);
                    }
                }

                json.WriteEndObject();
                break;
            case (ListField list, List<object?> items):
                json.WriteStartArray();
                foreach (object? item in items)
                    Write(json, list.Item, item);
                json.WriteEndArray();
                break;
            case (MapField { Key: DataField } map, List<KeyValuePair<object, object?>> pairs):
                json.WriteStartObject();
                foreach ((object name, object? part) in pairs)
                {
                    json.WritePropertyName(Text(name));
                    Write(json, map.Value, part);
                }

                json.WriteEndObject();
                break;
            case (MapField map, List<KeyValuePair<object, object?>> pairs):
                json.WriteStartArray();
                foreach ((object name, object? part) in pairs)
                {
                    json.WriteStartObject();
                    json.WritePropertyName("key");
                    Write(json, map.Key, name);
                    json.WritePropertyName("value");
                    Write(json, map.Value, part);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            default:
                WriteLeaf(json, (DataField)field, value);
                break;
        }
    }

    private static void WriteLeaf(Utf8JsonWriter json, DataField field, object value)
    {
        switch (value)
        {
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            // As the double it equals: its shortest form as a float would be another number to a reader that parses doubles.
            case float number when float.IsFinite(number):
                json.WriteNumberValue((double)number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case decimal or sbyte or byte or short or ushort or int or uint or long or ulong:
            case string when field.LogicalType.Kind == LogicalKind.Decimal:
                json.WriteRawValue(Text(value), skipInputValidation: true);
                break;
            case byte[] bytes:
                json.WriteBase64StringValue(bytes);
                break;
            default:
                json.WriteStringValue(Text(value));
                break;
        }
    }

    /// <summary>A plain value as text, as JSON shows it but without quotes.</summary>
    public static string Text(object value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        float.PositiveInfinity or double.PositiveInfinity => "Infinity",
        float.NegativeInfinity or double.NegativeInfinity => "-Infinity",
        byte[] bytes => Convert.ToBase64String(bytes),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly clock => clock.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        DateTime stamp => stamp.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
