using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace DataPipeline.Core.Config;

/// <summary>Reads a YAML file into nodes with positions and fills in <c>${name}</c>; goes on behind a mistake where it can.</summary>
/// <remarks>Built on YamlDotNet's events, not on its object model: that throws at the first duplicate key and expands aliases without a limit.</remarks>
public sealed partial class YamlLoader
{
    private const int MostNodes = 100_000, Deepest = 64;
    private readonly string _file;
    private readonly Variables _variables;
    private readonly Mistakes _mistakes;
    private readonly Dictionary<string, YamlNode> _anchors = [];
    private readonly Parser _parser;
    private int _nodes;

    private YamlLoader(string file, TextReader text, Variables variables, Mistakes mistakes)
    {
        _file = file;
        _variables = variables;
        _mistakes = mistakes;
        _parser = new Parser(text);
    }

    /// <summary>The top mapping of a file, or null when <paramref name="mistakes"/> says why there is none.</summary>
    public static YamlMapping? Load(string path, Variables variables, Mistakes mistakes)
    {
        if (!File.Exists(path))
        {
            mistakes.Add(new Position(path, 1, 1), "there is no such file");
            return null;
        }
        using var reader = new StreamReader(path);
        return Parse(path, reader, variables, mistakes);
    }

    /// <summary>The top mapping of a text; <paramref name="file"/> is only its name in messages.</summary>
    public static YamlMapping? Parse(string file, TextReader text, Variables variables, Mistakes mistakes)
    {
        var loader = new YamlLoader(file, text, variables, mistakes);
        try
        {
            loader._parser.Consume<StreamStart>();
            if (loader._parser.Accept<StreamEnd>(out _))
            {
                mistakes.Add(new Position(file, 1, 1), "the file is empty");
                return null;
            }
            loader._parser.Consume<DocumentStart>();
            YamlNode top = loader.Node(0);
            loader._parser.Consume<DocumentEnd>();
            if (loader._parser.Accept<DocumentStart>(out var second))
                mistakes.Add(loader.At(second!.Start), "a second YAML document begins here; a pipeline file holds one");
            if (top is YamlMapping mapping)
                return mapping;
            mistakes.Add(top.At, $"expected keys such as `sources:`, found {top.Kind}");
        }
        catch (YamlException error)
        {
            // An unclosed bracket is reported without a place: the parser's last event tells how far it got.
            Mark mark = error.Start.Line > 0 && error.Start.Index > 0 ? error.Start : loader._parser.Current?.End ?? Mark.Empty;
            mistakes.Add(loader.At(mark), $"not YAML: {FirstLine(error.InnerException?.Message ?? error.Message)}");
        }
        return null;
    }

    private YamlNode Node(int depth)
    {
        if (++_nodes > MostNodes || depth > Deepest)
            throw new YamlException(_parser.Current?.Start ?? Mark.Empty, Mark.Empty, $"more than {MostNodes} values or {Deepest} levels");
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            if (_anchors.TryGetValue(alias!.Value.Value, out YamlNode? target))
                return Counted(target);
            _mistakes.Add(At(alias.Start), $"`*{alias.Value}` names no anchor above it");
            return new YamlScalar(At(alias.Start), "", false);
        }
        var start = (NodeEvent)_parser.Current!;
        YamlNode node = start switch
        {
            Scalar => ReadScalar(_parser.Consume<Scalar>()),
            SequenceStart => ReadList(_parser.Consume<SequenceStart>(), depth),
            _ => ReadMapping(_parser.Consume<MappingStart>(), depth),
        };
        if (!start.Anchor.IsEmpty)
            _anchors[start.Anchor.Value] = node;
        return node;
    }

    private YamlList ReadList(SequenceStart start, int depth)
    {
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(Node(depth + 1));
        return new YamlList(At(start.Start), items);
    }

    private YamlMapping ReadMapping(MappingStart start, int depth)
    {
        var entries = new List<KeyValuePair<YamlScalar, YamlNode>>();
        var keys = new HashSet<string>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            YamlNode key = Node(depth + 1), value = Node(depth + 1);
            if (key is not YamlScalar name)
                _mistakes.Add(key.At, $"a key must be a name, found {key.Kind}");
            else if (!keys.Add(name.Value))
                _mistakes.Add(key.At, $"`{name.Value}` stands twice in the same mapping");
            else
                entries.Add(new(name, value));
        }
        return new YamlMapping(At(start.Start), entries);
    }

    private YamlScalar ReadScalar(Scalar scalar)
    {
        Position at = At(scalar.Start);
        string value = VariableReference().Replace(scalar.Value, match =>
        {
            string name = match.Groups["name"].Value;
            string? found = _variables.Find(name, match.Groups["default"] is { Success: true } other ? other.Value : null);
            if (found is null)
                _mistakes.Add(at, $"`${{{name}}}` has no value: give --set {name}=..., set the environment variable, or write ${{{name}:-default}}");
            return found ?? "";
        });
        return new YamlScalar(at, value, scalar.Style is ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted);
    }

    private YamlNode Counted(YamlNode target)
    {
        _nodes += Size(target);
        return target;

        static int Size(YamlNode node) => 1 + node switch
        {
            YamlList list => list.Items.Sum(Size),
            YamlMapping mapping => mapping.Entries.Sum(entry => 1 + Size(entry.Value)),
            _ => 0,
        };
    }

    private Position At(Mark mark) => new(_file, Math.Max(1, mark.Line), Math.Max(1, mark.Column));

    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd('.', '\r');

    [GeneratedRegex(@"\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(:-(?<default>[^}]*))?\}")]
    private static partial Regex VariableReference();
}
