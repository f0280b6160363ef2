using System.Globalization;

namespace DataPipeline.Core.Config;

/// <summary>Single values as YAML writes them: <c>true</c>, <c>1_000_000</c>, <c>3e-4</c>, <c>remove_all</c>.</summary>
public static class ScalarText
{
    /// <summary>The value, or null when the text is none of that type.</summary>
    public static object? Parse(Type type, string text)
    {
        if (type == typeof(string))
            return text;
        if (type == typeof(bool))
            return text switch { "true" => true, "false" => false, _ => null };
        if (type.IsEnum)
            return Enum.GetValues(type).Cast<object>().FirstOrDefault(value => Setting.SnakeCase(value.ToString()!) == text);
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        if (type == typeof(double) || type == typeof(float))
            return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? Convert.ChangeType(number, type) : null;
        // 2e6 is a whole number too: token budgets are written that way.
        if (!decimal.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal whole) || whole != decimal.Truncate(whole))
            return null;
        try
        {
            return Convert.ChangeType(whole, type, CultureInfo.InvariantCulture);
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    /// <summary>A value as YAML writes it; null is <c>none</c>.</summary>
    public static string Write(object? value) => value switch
    {
        null => "none",
        bool flag => flag ? "true" : "false",
        Enum name => Setting.SnakeCase(name.ToString()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        string text => text.Length == 0 ? "\"\"" : text,
        _ => value.ToString()!,
    };

    /// <summary>The names of an enumeration in YAML.</summary>
    public static IEnumerable<string> Names(Type type) => Enum.GetNames(type).Select(Setting.SnakeCase);

    /// <summary>"a whole number", "one of a, b": what a setting of this type takes.</summary>
    public static string Describe(Type type) =>
        type == typeof(string) ? "text"
        : type == typeof(bool) ? "true or false"
        : type.IsEnum ? $"one of {string.Join(", ", Names(type))}"
        : type == typeof(double) || type == typeof(float) ? "a number"
        : "a whole number";
}
