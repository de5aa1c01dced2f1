using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Torch;

/// <summary>What one check of the platform found.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Passed">Whether it works.</param>
/// <param name="Detail">The figure found, or what failed.</param>
public sealed record SelfTestResult(string Name, bool Passed, string Detail);

/// <summary>
/// Proves every native entry point that this project reaches past TorchSharp's API, each by a small computation with a known
/// answer: they belong to one version of libtorch, and a build against another must say so before it trains.
/// </summary>
public static class SelfTest
{
    /// <summary>Runs every check; takes a few milliseconds.</summary>
    public static IReadOnlyList<SelfTestResult> Run() =>
    [
        Check("libtorch", () => torch.__version__ is var version && version.StartsWith(Libtorch.Version, StringComparison.Ordinal)
            ? version
            : throw new InvalidOperationException($"{torch.__version__} was loaded, {Libtorch.Version} is needed")),
        Check("lifetime of scalars", Scalars),
        Check("ATen dispatcher", Dispatcher),
        Check("weight norm", FusedWeightNorm),
        Check("bf16 autocast", AutocastTypes),
        Check("gradient hook", Hook),
        Check("fused AdamW", AdamWStep),
    ];

    /// <summary>Runs every check and throws on the first that fails.</summary>
    /// <exception cref="PlatformNotSupportedException">Names the check and what it found.</exception>
    public static void Require()
    {
        if (Run().FirstOrDefault(r => !r.Passed) is { } failed)
            throw new PlatformNotSupportedException($"the start-up self-test '{failed.Name}' failed: {failed.Detail}");
    }

    static SelfTestResult Check(string name, Func<string> test)
    {
        using var scope = NewDisposeScope();
        try
        {
            return new SelfTestResult(name, true, test());
        }
        catch (Exception e) when (e is InvalidOperationException or ExternalException or EntryPointNotFoundException or DllNotFoundException)
        {
            return new SelfTestResult(name, false, e.Message.ReplaceLineEndings(" "));
        }
    }

    static string Scalars()
    {
        if (!OperatingSystem.IsLinux())
            return "not needed to load here; untested";
        if (!ScalarLifetime.Installed)
            throw new InvalidOperationException("TorchSharp's freeing of numbers could not be delayed (x86-64 and a system that lets a program change its code are needed)");
        var before = ScalarLifetime.Seen;
        ((Scalar)1.5).Dispose();
        return ScalarLifetime.Seen > before ? "numbers outlive the operators that read them" : throw new InvalidOperationException("a freed number was not seen");
    }

    static string Dispatcher()
    {
        var sum = Aten.Call("aten::mul", "Tensor", 1, tensor(2f), tensor(2.5f));
        return Expect(sum[0].item<float>(), 5);
    }

    static string FusedWeightNorm()
    {
        var weight = WeightNorm.Weight(tensor(new float[] { 3, 4 }).reshape(1, 2), tensor(10f).reshape(1, 1));
        return Expect(weight[0, 1].item<float>(), 8);
    }

    static string AutocastTypes()
    {
        var a = ones(4, 4);
        ScalarType inside, nested;
        using (Autocast.Enable(DeviceType.CPU))
        {
            inside = mm(a, a).dtype;
            using (Autocast.Disable(DeviceType.CPU))
                nested = mm(a, a).dtype;
        }
        var after = mm(a, a).dtype;
        return (inside, nested, after) == (ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float32)
            ? "on, off and restored"
            : throw new InvalidOperationException($"a product gave {inside} inside, {nested} in a disabled scope, {after} after");
    }

    static string Hook()
    {
        var x = tensor(3f, requires_grad: true);
        var seen = float.NaN;
        using var hook = GradientHook.Register(x, g => seen = g.item<float>());
        (x * x).backward();
        GradientHook.ThrowPending();
        return Expect(seen, 6);
    }

    static string AdamWStep()
    {
        using var parameter = new Parameter(tensor(new float[] { 1 }));
        using var optimiser = new FusedAdamW([("x", parameter)], new AdamWConfig(WeightDecay: 0));
        (parameter * 2).sum().backward();
        optimiser.Step(0.1); // the first step of Adam moves by the learning rate against the gradient's sign
        return Expect(parameter[0].item<float>(), 0.9f);
    }

    static string Expect(float actual, float expected) => Math.Abs(actual - expected) < 1e-4f
        ? "correct"
        : throw new InvalidOperationException($"gave {actual}, expected {expected}");
}
