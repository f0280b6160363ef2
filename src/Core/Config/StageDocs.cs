using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace DataPipeline.Core.Config;

/// <summary>The documentation of stages and settings, taken from the XML comments that the compiler writes beside each assembly.</summary>
public sealed partial class StageDocs
{
    private readonly Dictionary<Assembly, Dictionary<string, XElement>> _members = [];

    /// <summary>The summary of a class in one line.</summary>
    public string Summary(Type type) => Text(Member(type.Assembly, $"T:{type.FullName}")?.Element("summary"));

    /// <summary>What a setting means: the <c>param</c> of the constructor, or of the class when it has a primary constructor.</summary>
    public string Setting(Type type, ParameterInfo parameter)
    {
        string constructor = $"M:{type.FullName}.#ctor";
        IEnumerable<XElement?> places = [Member(type.Assembly, $"T:{type.FullName}"), .. Members(type.Assembly)
            .Where(pair => pair.Key.StartsWith(constructor, StringComparison.Ordinal)).Select(pair => pair.Value)];
        return Text(places.SelectMany(place => place?.Elements("param") ?? [])
            .FirstOrDefault(param => param.Attribute("name")?.Value == parameter.Name));
    }

    private XElement? Member(Assembly assembly, string name) => Members(assembly).GetValueOrDefault(name);

    private Dictionary<string, XElement> Members(Assembly assembly)
    {
        if (_members.TryGetValue(assembly, out Dictionary<string, XElement>? members))
            return members;
        string path = Path.ChangeExtension(assembly.Location, ".xml");
        members = File.Exists(path)
            ? XDocument.Load(path).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value)
            : [];
        return _members[assembly] = members;
    }

    private static string Text(XElement? element) => element is null ? "" : Spaces().Replace(string.Concat(element.Nodes().Select(Plain)), " ").Trim();

    private static string Plain(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" or "paramref" } reference =>
            "`" + (reference.Attribute("cref") ?? reference.Attribute("name") ?? reference.Attribute("langword"))!.Value.Split('.')[^1] + "`",
        XElement other => other.Value,
        _ => "",
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
