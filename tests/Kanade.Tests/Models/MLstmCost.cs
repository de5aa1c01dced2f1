using System.Globalization;
using System.Runtime.InteropServices;
using Kanade.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

/// <summary>A measurement, not a test: <c>scripts/bench.sh</c> runs it and prints what it writes to the file that KANADE_BENCH names.</summary>
sealed class MeasurementAttribute : FactAttribute
{
    public const string Variable = "KANADE_BENCH";

    public MeasurementAttribute() => Skip = Environment.GetEnvironmentVariable(Variable) is null ? "a measurement: scripts/bench.sh runs it" : null;
}

/// <summary>What the chunkwise mLSTM costs, in the thread's own processor time and in memory at its peak.</summary>
[Collection(nameof(Alone))]
public class MLstmCost
{
    const int ThreadCpuTime = 3, Channels = 256;

    [StructLayout(LayoutKind.Sequential)]
    struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [Measurement]
    public void Eight_times_the_positions()
    {
        using var stack = new MLstmStack(Channels, 8) { Form = MLstmForm.Chunkwise };
        using var inference = no_grad();
        Measure(stack, 1024);
        var (few, many) = (Measure(stack, 1024), Measure(stack, 8192));
        File.WriteAllText(Environment.GetEnvironmentVariable(MeasurementAttribute.Variable)!, string.Create(
            CultureInfo.InvariantCulture,
            $"{few.Seconds} {many.Seconds} {few.Megabytes} {many.Megabytes}\n"));
        Assert.True(many.Seconds <= 10 * few.Seconds, $"1,024 positions {few.Seconds:F3} s, 8,192 positions {many.Seconds:F3} s");
        Assert.True(many.Megabytes <= 10 * few.Megabytes, $"1,024 positions {few.Megabytes:F0} MB, 8,192 positions {many.Megabytes:F0} MB");
    }

    static (double Seconds, double Megabytes) Measure(MLstmStack stack, long length)
    {
        using var scope = NewDisposeScope();
        var x = randn(1, length, Channels);
        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak begins here
        var before = Megabytes("VmRSS");
        var seconds = Enumerable.Range(0, 5).Min(_ =>
        {
            using var inner = NewDisposeScope();
            var start = ProcessorSeconds();
            stack.call(x);
            return ProcessorSeconds() - start;
        });
        return (seconds, Megabytes("VmHWM") - before);
    }

    static double Megabytes(string field) => File.ReadLines("/proc/self/status").Where(l => l.StartsWith(field, StringComparison.Ordinal))
        .Select(l => double.Parse(l[(field.Length + 1)..^3], CultureInfo.InvariantCulture) / 1024).Single();

    static double ProcessorSeconds()
    {
        Assert.Equal(0, ClockGetTime(ThreadCpuTime, out var time));
        return time.Seconds + time.Nanoseconds * 1e-9;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    static extern int ClockGetTime(int clock, out TimeSpec time);
}
