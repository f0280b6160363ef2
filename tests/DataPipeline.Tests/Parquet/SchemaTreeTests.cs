using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

public class SchemaTreeTests
{
    [Fact]
    public void Build_StandardList_FindsItem()
    {
        ParquetSchema schema = SchemaTree.Build([Group("root", 1), Group("a", 1, Repetition.Optional, ConvertedType.List), Group("list", 1, Repetition.Repeated), Leaf("element", Repetition.Optional)]);
        DataField leaf = Assert.IsType<DataField>(Assert.IsType<ListField>(schema.Fields[0]).Item);
        Assert.Equal((3, 1, "a.list.element"), (leaf.MaxDefinitionLevel, leaf.MaxRepetitionLevel, leaf.ToString()));
    }

    [Fact]
    public void Build_TwoLevelList_RepeatedLeafIsItem()
    {
        ParquetSchema schema = SchemaTree.Build([Group("root", 1), Group("a", 1, Repetition.Optional, ConvertedType.List), Leaf("array", Repetition.Repeated)]);
        DataField leaf = Assert.IsType<DataField>(Assert.IsType<ListField>(schema.Fields[0]).Item);
        Assert.Equal((2, 1, "a.array"), (leaf.MaxDefinitionLevel, leaf.MaxRepetitionLevel, leaf.ToString()));
    }

    [Fact]
    public void Build_TupleNamedGroup_IsStructItem()
    {
        ParquetSchema schema = SchemaTree.Build([Group("root", 1), Group("a", 1, Repetition.Required, ConvertedType.List), Group("a_tuple", 1, Repetition.Repeated), Leaf("x", Repetition.Required)]);
        Assert.IsType<StructField>(Assert.IsType<ListField>(schema.Fields[0]).Item);
        Assert.Equal("a.a_tuple.x", schema.DataFields[0].ToString());
    }

    [Fact]
    public void Build_BareRepeatedLeaf_IsList()
    {
        ParquetSchema schema = SchemaTree.Build([Group("root", 1), Leaf("a", Repetition.Repeated)]);
        Assert.IsType<ListField>(schema.Fields[0]);
        Assert.Equal((1, 1, "a"), (schema.DataFields[0].MaxDefinitionLevel, schema.DataFields[0].MaxRepetitionLevel, schema.DataFields[0].ToString()));
    }

    [Fact]
    public void Build_TooDeepOrTooWide_Refused()
    {
        List<SchemaElement> deep = [.. Enumerable.Range(0, 1000).Select(i => Group("g" + i, 1))];
        Assert.Throws<ParquetException>(() => SchemaTree.Build(deep));
        Assert.Throws<ParquetException>(() => SchemaTree.Build([Group("root", 2), Leaf("a", Repetition.Required)]));
        Assert.Throws<ParquetException>(() => SchemaTree.Build([Group("root", int.MaxValue), Leaf("a", Repetition.Required)]));
        Assert.Throws<ParquetException>(() => SchemaTree.Build([Group("root", 1), Leaf("a", Repetition.Required), Leaf("b", Repetition.Required)]));
    }

    private static SchemaElement Group(string name, int children, Repetition repetition = Repetition.Required, ConvertedType converted = ConvertedType.None) =>
        new() { Name = name, ChildCount = children, Repetition = repetition, Converted = converted };

    private static SchemaElement Leaf(string name, Repetition repetition) => new() { Name = name, Type = PhysicalType.Int32, Repetition = repetition };
}
