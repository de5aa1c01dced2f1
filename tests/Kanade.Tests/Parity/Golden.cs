using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

/// <summary>Weights, inputs and outputs of one original module: <c>sd.*</c>, <c>in.*</c>, <c>out.*</c>, <c>mid.*</c>, <c>rng.*</c>, <c>grad.*</c>.</summary>
sealed class Golden : IDisposable
{
    readonly SafeTensorsFile _file;

    Golden(SafeTensorsFile file) => _file = file;

    public static Golden Load(string name) =>
        new(SafeTensorsFile.Open(Path.Combine(AppContext.BaseDirectory, "Goldens", name + ".safetensors")));

    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    public IReadOnlyCollection<string> Names => _file.Names;

    public Tensor this[string name] => _file.Read(name);

    public bool Contains(string name) => _file.Contains(name);

    public IEnumerable<string> WithPrefix(string prefix) => _file.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Copies every <c>sd.*</c> tensor into the module, strictly by name and shape.</summary>
    /// <param name="module">Whose state is replaced.</param>
    /// <param name="prefix">What stands before the state's names in the file.</param>
    public void LoadState(nn.Module module, string prefix = "sd.")
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var state = module.state_dict();
        var names = WithPrefix(prefix).Select(n => n[prefix.Length..]).ToHashSet();
        Assert.Equal(state.Keys.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in state)
        {
            Assert.Equal(_file.Shape(prefix + name), tensor.shape);
            tensor.copy_(_file.Read(prefix + name));
        }
    }

    /// <summary>Checks that |actual − expected| ≤ tolerance · max(1, |expected|), everywhere.</summary>
    public void AssertClose(string name, Tensor actual, double tolerance = 1e-4)
    {
        using var scope = NewDisposeScope();
        AssertClose(_file.Read(name), actual, tolerance, name);
    }

    public static void AssertClose(Tensor expected, Tensor actual, double tolerance, string name = "value")
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        var wanted = expected.detach().to(float64);
        var error = ((actual.detach().to(float64) - wanted).abs() / wanted.abs().clamp_min(1)).max();
        Assert.True(error.item<double>() <= tolerance, $"{name}: off by {error.item<double>():E2} of {wanted.abs().max().item<double>():G4}, {tolerance:E1} allowed");
    }

    /// <summary>Checks the gradients of every parameter that the file has one for, relative to the largest of each tensor, or to a
    /// thousandth of the largest of all where that is more: a bias before an instance norm has no gradient but rounding, a few
    /// units in the last place of the largest, and those differ from one processor's kernels to another's.</summary>
    public void AssertGradients(nn.Module module, double tolerance = 1e-3, string prefix = "grad.")
    {
        var parameters = module.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var names = WithPrefix(prefix).Select(n => n[prefix.Length..]).Where(n => !n.StartsWith("in.", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(names);
        var floor = 1e-3 * names.Max(name => Largest(prefix + name));
        foreach (var name in names)
        {
            using var scope = NewDisposeScope();
            Assert.True(parameters.TryGetValue(name, out var parameter), $"no parameter {name}");
            AssertGradient(prefix + name, parameter.grad!, tolerance, floor);
        }
    }

    public void AssertGradient(string name, Tensor actual, double tolerance = 1e-3, double floor = 1e-6)
    {
        using var scope = NewDisposeScope();
        Assert.False(actual is null, $"{name}: no gradient");
        var wanted = _file.Read(name).to(float64);
        Assert.Equal(wanted.shape, actual!.shape);
        var scale = Math.Max(wanted.abs().max().item<double>(), floor);
        var error = (actual.to(float64) - wanted).abs().max().item<double>() / scale;
        Assert.True(error <= tolerance, $"{name}: off by {error:E2} of its largest, {tolerance:E1} allowed");
    }

    double Largest(string name)
    {
        using var scope = NewDisposeScope();
        return _file.Read(name).abs().max().to(float64).item<double>();
    }

    public void Dispose() => _file.Dispose();
}
