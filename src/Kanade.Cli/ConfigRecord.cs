using System.Collections;
using System.Reflection;
using System.Text.Json;

namespace Kanade.Cli;

/// <summary>One key of a configuration record.</summary>
/// <param name="Name">As in YAML, snake_case.</param>
/// <param name="Property">As in C#.</param>
/// <param name="Parameter">The constructor's parameter; null for an <c>init</c> property, which is always optional.</param>
/// <param name="MayBeNull">Whether <c>null</c> is one of its values.</param>
sealed record ConfigKey(string Name, PropertyInfo Property, ParameterInfo? Parameter, bool MayBeNull)
{
    public bool IsOptional => Parameter?.HasDefaultValue ?? true;

    /// <summary>What the key is where it is left out. The runtime gives a nullable enum's default as a bare number.</summary>
    public object? Default => Parameter?.DefaultValue switch
    {
        DBNull => null,
        { } number when Type.IsEnum => Enum.ToObject(Type, number),
        var value => value,
    };

    /// <summary>The type that a value has when it is not null.</summary>
    public Type Type => Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;
}

/// <summary>The shape of a configuration record: its constructor and its keys. Reflection is here and in the binder only.</summary>
sealed class ConfigRecord
{
    ConfigRecord(ConstructorInfo constructor, IReadOnlyList<ConfigKey> keys) => (Constructor, Keys) = (constructor, keys);

    public ConstructorInfo Constructor { get; }

    public IReadOnlyList<ConfigKey> Keys { get; }

    /// <summary>Whether a type is bound key by key: a record (it has the compiler's copy constructor or clone method).</summary>
    public static bool Is(Type type) => type.IsClass && type.GetMethod("<Clone>$") is not null;

    public static ConfigRecord Of(Type type)
    {
        var nullability = new NullabilityInfoContext();
        var constructor = type.GetConstructors().Where(candidate => candidate.GetParameters() is not [var only] || only.ParameterType != type)
            .MaxBy(candidate => candidate.GetParameters().Length)
            ?? throw new ArgumentException($"{type.Name} has no public constructor");
        var keys = new List<ConfigKey>();
        foreach (var parameter in constructor.GetParameters())
        {
            var property = type.GetProperty(parameter.Name!)
                ?? throw new ArgumentException($"{type.Name}: the parameter {parameter.Name} has no property of its name");
            keys.Add(new ConfigKey(NameOf(property.Name), property, parameter, MayBeNull(nullability.Create(parameter), parameter.ParameterType)));
        }
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var isKey = property.SetMethod is { IsPublic: true } && !keys.Exists(key => key.Property.Name == property.Name);
            if (isKey)
                keys.Add(new ConfigKey(NameOf(property.Name), property, Parameter: null, MayBeNull(nullability.Create(property), property.PropertyType)));
        }
        return new ConfigRecord(constructor, keys);
    }

    /// <summary><c>HopLength</c> to <c>hop_length</c>; a dotted path part by part.</summary>
    public static string NameOf(string name) =>
        string.Join('.', name.Split('.').Select(JsonNamingPolicy.SnakeCaseLower.ConvertName));

    /// <summary>The type of a list's items; null for what is not a list.</summary>
    public static Type? ItemOf(Type type)
    {
        if (type.IsArray)
            return type.GetElementType();
        var isList = type.IsGenericType && type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type) && type.GetGenericArguments().Length == 1;
        return isList ? type.GetGenericArguments()[0] : null;
    }

    /// <summary>The type of a dictionary's values, keyed by text; null for what is none.</summary>
    public static Type? ValueOf(Type type) =>
        type.IsGenericType && type.GetGenericArguments() is [var key, var value] && key == typeof(string) && typeof(IEnumerable).IsAssignableFrom(type)
            ? value
            : null;

    /// <summary>What a value of this type looks like, for a person.</summary>
    public static string Describe(Type type) => type switch
    {
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) || type == typeof(float) => "a number",
        _ when type == typeof(string) => "a text",
        { IsEnum: true } => $"one of {string.Join(", ", type.GetEnumNames().Select(NameOf))}",
        _ when ItemOf(type) is { } item => $"a list, each {Describe(item)}",
        _ when ValueOf(type) is { } value => $"keys, each with {Describe(value)}",
        _ when Of(type).Keys is { Count: > 4 } keys => $"keys ({string.Join(", ", keys.Take(4).Select(key => key.Name))}, …)",
        _ => $"keys ({string.Join(", ", Of(type).Keys.Select(key => key.Name))})",
    };

    static bool MayBeNull(NullabilityInfo nullability, Type type) =>
        Nullable.GetUnderlyingType(type) is not null || (!type.IsValueType && nullability.WriteState != NullabilityState.NotNull);
}
